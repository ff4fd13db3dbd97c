import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderManifest } from '../../cli/render-manifest.ts';
import { loadSettings } from '../../config/load-config.ts';
import { createContainer } from '../../wiring/container.ts';
import { guardianRights } from '../../wiring/manifests.ts';
import { tokens } from '../../wiring/tokens.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice } from './make-plan.ts';

/** `inpod manifest --guardian`: what an administrator applies. @returns 0 */
export const manifestCommand: CommandHandler<'manifest', CommandContext> = async ({ flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const cluster = await createContainer(programContext(context, settings)).get(tokens.locator).locate(clusterChoice(settings));
  context.print(renderManifest(guardianRights(cluster.identity.kubeNamespace)));
  await cluster.close();
  return 0;
};
