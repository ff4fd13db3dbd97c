import { commands, type Command } from './command-table.ts';
import { flagGroups, type Flag } from './flag-table.ts';

/** For who hasn't run anything yet. */
const firstSteps: Command['examples'] = [
  ['inpod doctor', 'what works here, and what fixes the rest'],
  ['inpod playground', 'try it without a cluster'],
];

/** What `inpod --help` prints: examples first. Ends with a newline. */
export function overviewText(): string {
  const run = commands.find((command) => command.name === 'run');
  const rows = commands.map((command) => [command.name, command.summary] as const);
  return paragraphs([
    'inpod runs a program of this machine as if it were in a pod of your Kubernetes cluster.',
    `Examples:\n${columns([...(run?.examples ?? []), ...firstSteps])}`,
    `Commands:\n${columns(rows)}`,
    '"inpod help COMMAND" has the flags and examples of each. Settings can also stand in\ninpod.yaml (backend: tun), or in the environment (INPOD_CONFIG_BACKEND=tun); flags win.',
  ]);
}

/** What `inpod help COMMAND` prints: examples, what it does, flags by group. Ends with a newline. */
export function commandText(command: Command): string {
  const groups = flagGroups.flatMap((group) => {
    const flags = command.flags.filter((flag) => flag.group === group);
    return flags.length === 0 ? [] : [`${group}:\n${columns(flags.map(flagRow))}`];
  });
  const examples = command.examples.length === 0 ? [] : [`Examples:\n${columns(command.examples)}`];
  return paragraphs([`Usage: ${command.usage}`, ...examples, command.about, ...groups]);
}

function flagRow(flag: Flag): readonly [string, string] {
  const spelling = flag.spelling.startsWith('--') ? `    ${flag.spelling}` : flag.spelling;
  const repeated = flag.shape === 'list' || flag.shape === 'map';
  return [spelling.replace(/<(.*)>/, '$1'), repeated ? `${flag.help} (repeatable)` : flag.help];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}${right.replaceAll('\n', `\n  ${' '.repeat(width)}`)}`);
  return lines.join('\n');
}

function paragraphs(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
