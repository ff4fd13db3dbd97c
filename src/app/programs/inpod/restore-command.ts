import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderRepair } from '../../cli/render-repair.ts';
import { loadSettings } from '../../config/load-config.ts';
import { repairSessions } from '../../use-cases/repair-sessions.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { programContext, type CommandContext } from './command-context.ts';

/** `inpod restore`. @returns 0 where nothing is left of dead sessions, 1 where something is */
export const restoreCommand: CommandHandler<'restore', CommandContext> = async ({ sessionIds, flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const container = createContainer(programContext(context, settings));
  const [locator, journals, processes] = [container.get(tokens.locator), container.get(tokens.journals), container.get(tokens.processes)];
  const wanted = sessionIds.length === 0 ? undefined : new Set(sessionIds);
  const outcomes = await repairSessions({ locator, journals, processes, events: () => undefined, wanted }, new AbortController().signal);
  const { text, complete } = renderRepair(outcomes, sessionIds, settings.output);
  context.printWords(text);
  return complete ? 0 : 1;
};
