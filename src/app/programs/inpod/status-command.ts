import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { isStatusFine, renderStatus } from '../../cli/render-status.ts';
import { loadSettings } from '../../config/load-config.ts';
import { surveySessions } from '../../use-cases/survey-sessions.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice } from './make-plan.ts';

/** `inpod status`. @returns 0 where all is well, 1 where a session of this machine died or the cluster couldn't be asked */
export const statusCommand: CommandHandler<'status', CommandContext> = async ({ flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const container = createContainer(programContext(context, settings));
  const parts = {
    journals: container.get(tokens.journals),
    processes: container.get(tokens.processes),
    clock: container.get(tokens.clock),
    locate: () => container.get(tokens.locator).locate(clusterChoice(settings)),
  };
  const status = await surveySessions(parts, new AbortController().signal);
  context.printWords(renderStatus(status, settings.output));
  return isStatusFine(status) ? 0 : 1;
};
