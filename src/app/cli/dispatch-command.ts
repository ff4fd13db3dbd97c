import type { ParsedCommand } from './parse-command-line.ts';

/** What one command does. @returns the exit code */
export type CommandHandler<Kind extends ParsedCommand['kind'], Context> = (
  parsed: Extract<ParsedCommand, { kind: Kind }>,
  context: Context,
) => Promise<number>;

/** A handler for each command that works today. */
export interface CommandHandlers<Context> {
  readonly run: CommandHandler<'run', Context>;
  readonly restore: CommandHandler<'restore', Context>;
}

/** What commands that need no cluster are given. */
export interface Printing {
  readonly version: string;
  /** Takes whole lines, newline included; goes to stdout. */
  readonly print: (text: string) => void;
}

/** Runs what was parsed. @returns the exit code @throws what the handler throws */
export async function dispatchCommand<Context extends Printing>(
  parsed: ParsedCommand,
  handlers: CommandHandlers<Context>,
  context: Context,
): Promise<number> {
  if (parsed.kind === 'run') return handlers.run(parsed, context);
  if (parsed.kind === 'restore') return handlers.restore(parsed, context);
  context.print(parsed.kind === 'help' ? parsed.text : `inpod ${context.version}\n`);
  return 0;
}
