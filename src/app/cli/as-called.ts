import { commands } from './command-table.ts';

const ownCommands = commands.map(({ name }) => name).join('|');
const called = new RegExp(`(?<![\\w/.-])(?<!npx (-- )?)inpod (?=(${ownCommands})\\b)`, 'g');

/**
 * The commands of ours that hints and examples name, as this user calls us: who started us by `npx inpod` may have no `inpod`.
 * @param text - whole lines; only hints and what is indented, below a hint or a list, are changed
 */
export function asCalled(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (environment['npm_lifecycle_event'] !== 'npx') return text;
  return text.replaceAll(/^\r?(hint: | +).*$/gm, (line) =>
    line.includes(' --env-file ') ? pastNode(line) : line.replaceAll(called, 'npx inpod '),
  );
}

/** Node 20 under npx takes `--env-file` for itself, unless `--` comes first. What follows stays in its column. */
function pastNode(line: string): string {
  const named = line.replaceAll(called, 'npx -- inpod ');
  return named === line ? line : named.replace(/(?<=\S) {3}(?= {2})/, '');
}
