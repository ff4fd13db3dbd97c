import type { ParsedCommand } from './parse-command-line.ts';

/** What one command does. @returns the exit code */
export type CommandHandler<Kind extends ParsedCommand['kind'], Context> = (
  parsed: Extract<ParsedCommand, { kind: Kind }>,
  context: Context,
) => Promise<number>;

/** What commands do; the other two just print. */
type HandledKind = Exclude<ParsedCommand['kind'], 'version' | 'help'>;

/** A handler for each command that works today. */
export type CommandHandlers<Context> = { readonly [Kind in HandledKind]: CommandHandler<Kind, Context> };

/** What commands that need no cluster are given. */
export interface Printing {
  readonly version: string;
  /** Takes whole lines, newline included; goes to stdout as it is. */
  readonly print: (text: string) => void;
  /** As `print`; commands of ours that people may copy from it are named as they call them. */
  readonly printWords: (text: string) => void;
}

/** Runs what was parsed. @returns the exit code @throws what the handler throws */
export async function dispatchCommand<Context extends Printing>(
  parsed: ParsedCommand,
  handlers: CommandHandlers<Context>,
  context: Context,
): Promise<number> {
  if (parsed.kind === 'version' || parsed.kind === 'help') {
    if (parsed.kind === 'help') context.printWords(parsed.text);
    else context.print(`inpod ${context.version}\n`);
    return 0;
  }
  // The table has at each kind a handler of that kind, which TypeScript can't see through the union.
  const handle = handlers[parsed.kind] as (parsed: ParsedCommand, context: Context) => Promise<number>;
  return handle(parsed, context);
}
