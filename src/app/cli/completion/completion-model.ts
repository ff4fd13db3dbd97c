import { commands, type Command } from '../command-table.ts';
import type { Flag } from '../flag-table.ts';

/** One command as a shell needs it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that may follow its name, where they are a closed list. */
  readonly operands: readonly string[];
  /** Whether a command line of the user's own follows `--`. */
  readonly takesCommand: boolean;
}

/** One flag as a shell needs it. */
export interface CompletedFlag {
  /** `-n`, `--namespace`. */
  readonly names: readonly string[];
  /** In capitals, as the help calls it; empty where there is none. */
  readonly valueName: string;
  /** What its value may be; `text` is anything, `nothing` for a switch. */
  readonly value: 'nothing' | 'text' | 'file' | readonly string[];
  /** One line. */
  readonly help: string;
  readonly repeatable: boolean;
}

/** All that can be completed, of the same tables as parser and help. */
export function completionModel(): readonly CompletedCommand[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    flags: command.flags.map(completedFlag),
    operands: operandsOf(command),
    takesCommand: command.name === 'run',
  }));
}

function operandsOf({ name, operands = [] }: Command): readonly string[] {
  return name === 'help' ? commands.map((command) => command.name) : operands;
}

function completedFlag({ spelling, shape, help, completes }: Flag): CompletedFlag {
  const [names = '', valueName = ''] = spelling.split(/ <|>/);
  return {
    names: names.split(', '),
    valueName,
    value: shape === 'switch' ? 'nothing' : (completes ?? 'text'),
    help: help.replaceAll('\n', ' '),
    repeatable: shape === 'list' || shape === 'map',
  };
}
