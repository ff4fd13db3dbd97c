import { randomBytes } from 'node:crypto';
import type { StandingAgentSpec } from '../../../domain/ports/cluster/standing-agents.ts';
import { agentRemedy } from '../../../domain/session/agent-target.ts';
import { sessionIdFrom } from '../../../domain/session/session-plan.ts';
import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderManifest } from '../../cli/render-manifest.ts';
import { loadSettings } from '../../config/load-config.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { createContainer } from '../../wiring/container.ts';
import { guardianRights, standingAgentManifest } from '../../wiring/manifests.ts';
import { tokens } from '../../wiring/tokens.ts';
import { loadClusterProgram } from './cluster-program.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice } from './make-plan.ts';

/** `inpod manifest`: what is applied by who may. @returns 0 */
export const manifestCommand: CommandHandler<'manifest', CommandContext> = async ({ asked, flags, configFile }, context) => {
  const { environment, home } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const cluster = await createContainer(programContext(context, settings)).get(tokens.locator).locate(clusterChoice(settings));
  const { kubeNamespace } = cluster.identity;
  await cluster.close();
  const rights = asked.guardian ? guardianRights(kubeNamespace) : [];
  const agent = asked.agent ? standingAgentManifest(await newAgent({ name: asked.agent.name, kubeNamespace }, settings, context)) : [];
  context.print(renderManifest([...rights, ...agent]));
  return 0;
};

/** With new keys: the private one stays here. */
async function newAgent(
  agent: { readonly name: string; readonly kubeNamespace: string },
  settings: RunSettings,
  context: CommandContext,
): Promise<StandingAgentSpec> {
  const container = createContainer(programContext(context, settings));
  const agentProgram = await loadClusterProgram(context.files.agent);
  const { clientPrivateKey, agentPublicKey, agentPrivateKey, clientPublicKey } = container.get(tokens.links).generateKeys();
  const keyId = sessionIdFrom(randomBytes(5));
  const path = await container.get(tokens.agentKeys).keep(keyId, { agent, clientPrivateKey, agentPublicKey });
  context.printError(
    `inpod: the key that opens the agent is in ${path}; who else is to use it needs that file\ninpod: apply with: ${agentRemedy(agent.name, agent.kubeNamespace).replace(/^.*\| /, '')}\n`,
  );
  return {
    ...agent,
    keyId,
    image: settings.agent.image,
    serviceAccount: settings.serviceAccount,
    ports: settings.inbound.expose.map(({ podPort }) => podPort),
    payload: { agentProgram, agentPrivateKey, clientPublicKey },
  };
}
