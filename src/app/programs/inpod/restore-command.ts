import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderRepair } from '../../cli/render-repair.ts';
import { loadSettings } from '../../config/load-config.ts';
import { restoreSessions } from '../../use-cases/restore-sessions.ts';
import { createContainer } from '../../wiring/container.ts';
import { repairerName } from '../../wiring/host-services.ts';
import { tokens } from '../../wiring/tokens.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice } from './make-plan.ts';

/** `inpod restore`. @returns 0 where nothing is left of dead sessions, 1 where something is */
export const restoreCommand: CommandHandler<'restore', CommandContext> = async ({ sessionIds, flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const container = createContainer(programContext(context, settings));
  const locator = container.get(tokens.locator);
  const parts = {
    locator,
    journals: container.get(tokens.journals),
    machine: container.get(tokens.machineUndo),
    processes: container.get(tokens.processes),
    clock: container.get(tokens.clock),
    events: () => undefined,
    by: repairerName(),
    wanted: sessionIds.length === 0 ? undefined : new Set(sessionIds),
    locate: () => locator.locate(clusterChoice(settings)),
  };
  const { text, complete } = renderRepair(await restoreSessions(parts, new AbortController().signal), settings.output);
  context.printWords(text);
  return complete ? 0 : 1;
};
