import { Command as Parser, CommanderError, Option } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { parseAgentTarget, type AgentTarget } from '../../domain/session/agent-target.ts';
import { nearest } from '../config/nearest.ts';
import { takeBenchOptions, type BenchOptions } from './bench-options.ts';
import { commands, findCommand, plannedCommands, type Command, type ConfigAction, type Shell } from './command-table.ts';
import { flagBeforeCommand, notThereYet, parserError, refuseOperands, refuseWords, requireOperand } from './command-line-refusals.ts';
import { longName, plannedFlags, type Flag } from './flag-table.ts';
import { commandText, overviewText } from './help-text.ts';

/** What a command line asks for. */
export type ParsedCommand =
  | {
      readonly kind: 'restore';
      readonly sessionIds: readonly string[];
      readonly flags: ParsedFlags;
      readonly configFile: string | undefined;
    }
  | FlagsOnly<'run' | 'plan' | 'playground' | 'status' | 'doctor'>
  | { readonly kind: 'manifest'; readonly asked: ManifestAsked; readonly flags: ParsedFlags; readonly configFile: string | undefined }
  | { readonly kind: 'config'; readonly action: ConfigAction; readonly flags: ParsedFlags; readonly configFile: string | undefined }
  | { readonly kind: 'bench'; readonly bench: BenchOptions; readonly flags: ParsedFlags; readonly configFile: string | undefined }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | { readonly kind: 'version' }
  /** `text` goes to stdout. */
  | { readonly kind: 'help'; readonly text: string };

/** What is to be printed: one of them, or both. */
export interface ManifestAsked {
  readonly guardian: boolean;
  readonly agent: AgentTarget | undefined;
}

/** Commands whose flags are all, but for what `run` and `plan` have after `--`: a member of the union for each. */
type FlagsOnly<Kind> = Kind extends string
  ? { readonly kind: Kind; readonly flags: ParsedFlags; readonly configFile: string | undefined }
  : never;

/** Flags in the words and shapes of `inpod.yaml`: a layer for `mergeSettings`, which checks the values. A command after `--` is `command`. */
export type ParsedFlags = Readonly<Record<string, string | readonly string[] | Readonly<Record<string, string>>>>;

/**
 * Pure: prints nothing, ends nothing.
 * @param argv - without node and script
 * @throws UsageError `COMMAND_UNKNOWN`, `FLAG_INVALID`, or `NOT_IMPLEMENTED` for what is planned
 */
export function parseCommandLine(argv: readonly string[]): ParsedCommand {
  const { ours, theirs } = splitAtDashes(argv);
  const [name, ...rest] = ours;
  if (name === undefined && theirs === undefined) return { kind: 'help', text: overviewText() };
  if (name === '--help' || name === '-h' || name === 'help') return helpFor(rest[0]);
  if (name === '--version' || name === 'version') return { kind: 'version' };
  return parseCommand(requireCommand(name, ours), rest, theirs ?? []);
}

/** @param theirs - the words after `--` */
function parseCommand(command: Command, words: readonly string[], theirs: readonly string[]): ParsedCommand {
  if (asksForHelp(command, words)) return { kind: 'help', text: commandText(command) };
  const { operands, flags, configFile } = parseFlags(command, words);
  if (command.name === 'restore') return { kind: 'restore', sessionIds: [...operands, ...theirs], flags, configFile };
  if (command.name === 'completion') return { kind: 'completion', shell: requireOperand(command, [...operands, ...theirs]) as Shell };
  if (command.name === 'config')
    return { kind: 'config', action: requireOperand(command, [...operands, ...theirs]) as ConfigAction, flags, configFile };
  const wordless = parseWordless(command.name, flags, configFile);
  if (wordless) {
    refuseWords(command, [...operands, ...theirs]);
    return wordless;
  }
  refuseOperands(operands, words);
  return { kind: command.name === 'plan' ? 'plan' : 'run', flags: theirs.length === 0 ? flags : { ...flags, command: theirs }, configFile };
}

/** Commands that take flags alone. */
function parseWordless(name: Command['name'], flags: ParsedFlags, configFile: string | undefined): ParsedCommand | undefined {
  if (name === 'manifest') {
    const { guardian, agent, ...rest } = flags;
    return { kind: 'manifest', asked: manifestAsked(guardian !== undefined, agent), flags: rest, configFile };
  }
  if (name === 'bench') return { kind: 'bench', ...takeBenchOptions(flags), configFile };
  return name === 'playground' || name === 'status' || name === 'doctor' ? { kind: name, flags, configFile } : undefined;
}

/** @throws UsageError `FLAG_INVALID` */
function manifestAsked(guardian: boolean, agent: ParsedFlags[string] | undefined): ManifestAsked {
  const invalid = (message: string): UsageError => new UsageError({ code: 'FLAG_INVALID', message, hint: 'inpod help manifest' });
  if (typeof agent !== 'string') {
    if (!guardian) throw invalid('inpod manifest wants --agent NAME, or --guardian');
    return { guardian, agent: undefined };
  }
  const target = parseAgentTarget(agent);
  if ('problem' in target) throw invalid(`--agent: ${target.problem}`);
  if (target.container !== undefined) throw invalid(`--agent: the container of a new agent is named "agent", not ${target.container}`);
  return { guardian, agent: target };
}

/** The command that `argv` names, so that the exit code of an error can be chosen; nothing is checked. */
export function commandNameOf(argv: readonly string[]): string | undefined {
  return splitAtDashes(argv).ours.find((word) => !word.startsWith('-'));
}

/** The first `--` ends what is ours. */
function splitAtDashes(argv: readonly string[]): { readonly ours: readonly string[]; readonly theirs: readonly string[] | undefined } {
  const at = argv.indexOf('--');
  return at < 0 ? { ours: argv, theirs: undefined } : { ours: argv.slice(0, at), theirs: argv.slice(at + 1) };
}

function helpFor(name: string | undefined): ParsedCommand {
  if (name === undefined || name.startsWith('-')) return { kind: 'help', text: overviewText() };
  return { kind: 'help', text: commandText(requireCommand(name, [name])) };
}

function requireCommand(name: string | undefined, words: readonly string[]): Command {
  const command = findCommand(name);
  if (command) return command;
  if (name === undefined || name.startsWith('-')) throw flagBeforeCommand(words);
  if (plannedCommands.includes(name)) throw notThereYet([`the command ${name}`]);
  const near = nearest(name, [...commands.map((one) => one.name), ...plannedCommands]);
  const hint = near === undefined ? 'to run a program: inpod run -- COMMAND; all commands: inpod help' : `did you mean: inpod ${near}`;
  throw new UsageError({ code: 'COMMAND_UNKNOWN', message: `unknown command: ${name}`, hint });
}

/** Whether `-h` or `--help` stands among our words, not as another flag's value. */
function asksForHelp(command: Command, words: readonly string[]): boolean {
  const takesValue = new Set(
    command.flags.filter((flag) => flag.shape !== 'switch').flatMap((flag) => flag.spelling.replace(/ <.*/, '').split(', ')),
  );
  return words.some((word, i) => (word === '--help' || word === '-h') && !takesValue.has(words[i - 1] ?? ''));
}

interface ParsedWords {
  readonly operands: readonly string[];
  readonly flags: ParsedFlags;
  readonly configFile: string | undefined;
}

function parseFlags(command: Command, words: readonly string[]): ParsedWords {
  const parser = makeParser(command);
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw parserError(error, command);
    throw error;
  }
  const values: Record<string, unknown> = parser.opts();
  refusePlanned(values);
  const { config, ...rest } = values;
  const flags = command.flags.flatMap((flag) => flagEntry(flag, rest));
  return { operands: parser.args, flags: Object.fromEntries(flags), configFile: config as string | undefined };
}

function makeParser(command: Command): Parser {
  const parser = new Parser(command.name).exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  parser.helpOption(false).argument('[operands...]').allowExcessArguments().action(() => undefined); // prettier-ignore
  // What follows the first operand is probably the user's command line without its "--".
  const isOfRun = command.name === 'run' || command.name === 'plan';
  if (isOfRun) parser.passThroughOptions();
  for (const flag of command.flags) parser.addOption(makeOption(flag));
  if (isOfRun) for (const spelling of plannedFlags) parser.addOption(new Option(spelling).hideHelp());
  return parser;
}

function makeOption(flag: Flag): Option {
  const option = new Option(flag.spelling);
  if (flag.shape === 'word' || flag.shape === 'switch') return option;
  return option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
}

function flagEntry(flag: Flag, values: Record<string, unknown>): [string, string | readonly string[] | Record<string, string>][] {
  const key = camelCase(longName(flag.spelling));
  const value = values[key];
  if (value === undefined) return [];
  if (flag.shape === 'switch') return [[key, String(value)]];
  if (flag.shape === 'map') return [[key, parsePairs(flag, value as string[])]];
  return [[key, value as string | string[]]];
}

/** A pair's text is in no message: its value may be a secret. */
function parsePairs(flag: Flag, pairs: readonly string[]): Record<string, string> {
  const name = `--${longName(flag.spelling)}`;
  const entries = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)];
    throw new UsageError({
      code: 'FLAG_INVALID',
      message: `${name} wants NAME=VALUE`,
      hint: `for example ${name} LOG_LEVEL=debug; an empty value is NAME=`,
    });
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function refusePlanned(values: Record<string, unknown>): void {
  const given = plannedFlags
    .filter((spelling) => values[camelCase(longName(spelling))] !== undefined)
    .map((spelling) => `--${longName(spelling)}`);
  if (given.length > 0) throw notThereYet(given);
}

function camelCase(longFlag: string): string {
  return longFlag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
