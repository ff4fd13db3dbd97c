import { shopNamespace } from '../../../domain/playground/sample-shop.ts';
import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderPlaygroundEvent, type PlaygroundEvent } from '../../cli/render-playground.ts';
import { loadSettings } from '../../config/load-config.ts';
import { openPlayground } from '../../use-cases/open-playground.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { programContext, type CommandContext } from './command-context.ts';

/** `inpod playground`: stays until a signal. @returns 0 @throws AppError where it can't be started */
export const playgroundCommand: CommandHandler<'playground', CommandContext> = async ({ flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const container = createContainer(programContext(context, settings));
  const tell = (event: PlaygroundEvent): void => context.printError(renderPlaygroundEvent(event, settings.output));
  const stopped = new Promise<void>((resolve) => void container.get(tokens.signals).subscribe(() => resolve()));
  const playground = await openPlayground(container.get(tokens.tunTunnel), container.get(tokens.playground));
  tell({ kind: 'playground-ready', kubeNamespace: shopNamespace, services: playground.services });
  await stopped;
  await playground.close();
  tell({ kind: 'playground-ended' });
  return 0;
};
