import type { Shell } from '../command-table.ts';
import { bashCompletion } from './bash-completion.ts';
import { completionModel, type CompletedCommand } from './completion-model.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const writers: Readonly<Record<Shell, (model: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** What `inpod completion SHELL` prints. Ends with a newline. */
export function completionScript(shell: Shell): string {
  return writers[shell](completionModel());
}
