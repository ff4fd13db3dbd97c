import type { CommanderError } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { nearest } from '../config/nearest.ts';
import type { Command } from './command-table.ts';
import { longName, plannedFlags, runFlags } from './flag-table.ts';

/*
 * What is wrong with a command line, and the line that was probably meant.
 */

/** `inpod --swap-deployment web --run npm start` is Telepresence 1's form; anything else forgot the command. */
export function flagBeforeCommand(words: readonly string[]): UsageError {
  const planned = words.filter((word) => plannedFlags.some((flag) => `--${longName(flag)}` === word.split('=')[0]));
  if (planned.length > 0) return notThereYet(planned);
  const known = words.some((word) => runFlags.some((flag) => flag.spelling.split(/[ ,]+/).includes(word.split('=')[0] ?? '')));
  const hint = known || words.length === 0 ? 'flags follow the command: inpod run [flags] -- COMMAND' : 'inpod help lists what there is';
  return new UsageError({ code: 'COMMAND_UNKNOWN', message: `a command is missing before ${words[0] ?? '--'}`, hint });
}

/** @param what - commands or flags, as typed */
export function notThereYet(what: readonly string[]): UsageError {
  const message = `${what.join(', ')} ${what.length === 1 ? "is planned, but doesn't" : "are planned, but don't"} work yet`;
  return new UsageError({ code: 'NOT_IMPLEMENTED', message, hint: 'inpod help lists what works today' });
}

/** For a command that takes nothing but flags. */
export function refuseWords({ name }: Command, words: readonly string[]): void {
  const [first] = words;
  if (first === undefined) return;
  throw new UsageError({ code: 'FLAG_INVALID', message: `inpod ${name} takes flags only, not ${first}`, hint: `inpod help ${name}` });
}

/** The one operand of a command that has a closed list of them. */
export function requireOperand({ name, operands = [] }: Command, given: readonly string[]): string {
  const [operand, surplus] = given;
  if (operand !== undefined && operands.includes(operand) && surplus === undefined) return operand;
  const wanted = `inpod ${name} wants one of ${operands.join(', ')}`;
  const wrong = surplus ?? operand;
  const near = wrong === undefined ? undefined : nearest(wrong, operands);
  throw new UsageError({
    code: 'FLAG_INVALID',
    message: wrong === undefined ? wanted : `${wanted}, not ${wrong}`,
    hint: near === undefined || surplus !== undefined ? `inpod help ${name}` : `did you mean: inpod ${name} ${near}`,
  });
}

/** For `run`, whose command stands after `--`. @throws UsageError `FLAG_INVALID` with the line that was meant */
export function refuseOperands(operands: readonly string[], words: readonly string[]): void {
  const first = operands[0];
  if (first === undefined) return;
  const ours = words.slice(0, words.length - operands.length);
  const line = ['inpod run', ...ours.map(quoteWord), '--', ...operands.map(quoteWord)].join(' ');
  throw new UsageError({ code: 'FLAG_INVALID', message: `"--" is missing before the command ${first}`, hint: line });
}

/** The parser's own complaint. */
export function parserError(error: CommanderError, command: Command): UsageError {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const spelling = /^option '(.*)' argument missing$/.exec(first)?.[1];
  if (spelling !== undefined) return valueMissing(spelling, command);
  const near = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? '')?.[1];
  const hint = near === undefined ? `inpod help ${command.name} lists all flags` : `did you mean: ${near}`;
  return new UsageError({ code: 'FLAG_INVALID', message: first, hint });
}

function valueMissing(spelling: string, { name }: Command): UsageError {
  const flag = `--${longName(spelling)}`;
  if (plannedFlags.includes(spelling)) return notThereYet([flag]);
  const value = /<(.*)>/.exec(spelling)?.[1] ?? 'VALUE';
  return new UsageError({
    code: 'FLAG_INVALID',
    message: `${flag} wants a value: ${flag} ${value}`,
    hint: `inpod help ${name} explains it`,
  });
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
