import { completionScript } from '../../cli/completion/completion-script.ts';
import type { CommandHandler } from '../../cli/dispatch-command.ts';
import type { CommandContext } from './command-context.ts';

/** `inpod completion`. @returns 0 */
export const completionCommand: CommandHandler<'completion', CommandContext> = ({ shell }, { print }) => {
  print(completionScript(shell));
  return Promise.resolve(0);
};
