import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderPlan } from '../../cli/render-plan.ts';
import { loadSettings } from '../../config/load-config.ts';
import { examinePlan } from '../../use-cases/examine-plan.ts';
import { reportPlan } from '../../use-cases/plan-report.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { loadClusterProgram } from './cluster-program.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice, makePlan } from './make-plan.ts';
import { tunnelFor } from './tunnel-for.ts';

/** `inpod plan`. @returns 0 where `run` would start, 1 where something stands in its way */
export const planCommand: CommandHandler<'plan', CommandContext> = async ({ flags, configFile }, context) => {
  const { environment, home, files } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const container = createContainer(programContext(context, settings));
  const cluster = await container.get(tokens.locator).locate(clusterChoice(settings));
  try {
    const { tunnel, reason: backendReason } = await tunnelFor(settings, container, environment);
    const plan = makePlan(settings, { identity: cluster.identity, backendReason }, environment);
    const { agentPrivateKey, clientPublicKey } = container.get(tokens.links).generateKeys();
    const parts = { cluster, tunnel, loadAgentProgram: () => loadClusterProgram(files.agent) };
    const signal = new AbortController().signal;
    const examined = await examinePlan({ parts, plan, signal }, { agentPrivateKey, clientPublicKey });
    const { env, envExclude } = settings;
    const report = reportPlan(examined, plan, { identity: cluster.identity, backendName: tunnel.name, env, envExclude });
    context.printWords(renderPlan(report, settings.output));
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await cluster.close();
  }
};
