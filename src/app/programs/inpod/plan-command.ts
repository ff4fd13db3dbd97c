import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderPlan } from '../../cli/render-plan.ts';
import { loadSettings } from '../../config/load-config.ts';
import type { LinkPort } from '../../../domain/ports/link-port.ts';
import type { AgentTarget } from '../../../domain/session/agent-target.ts';
import type { SessionPlan } from '../../../domain/session/session-plan.ts';
import { examineAgent, type ExamineAgentParts } from '../../use-cases/examine-agent.ts';
import { examinePlan, type ExaminedPlan, type ExamineParts } from '../../use-cases/examine-plan.ts';
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
    const plan = makePlan(settings, { identity: cluster.identity, tunnel, backendReason }, environment);
    const parts = { cluster, tunnel, loadAgentProgram: () => loadClusterProgram(files.agent), agentKeys: container.get(tokens.agentKeys) };
    const { env, envExclude } = settings;
    const examined = plan.agent
      ? await examineStanding(parts, plan, plan.agent)
      : await examineOwn(parts, plan, container.get(tokens.links));
    const report = reportPlan(examined, examined.plan, { identity: cluster.identity, backendName: tunnel.name, env, envExclude });
    context.printWords(renderPlan(report, settings.output));
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await cluster.close();
  }
};

type Parts = ExamineParts['parts'] & ExamineAgentParts['parts'];
type Examined = ExaminedPlan & { readonly plan: SessionPlan };

const never = new AbortController().signal;

async function examineOwn(parts: Parts, plan: SessionPlan, links: LinkPort): Promise<Examined> {
  const { agentPrivateKey, clientPublicKey } = links.generateKeys();
  return { ...(await examinePlan({ parts, plan, signal: never }, { agentPrivateKey, clientPublicKey })), plan };
}

async function examineStanding(parts: Parts, plan: SessionPlan, target: AgentTarget): Promise<Examined> {
  const { usable, ...examined } = await examineAgent({ parts, progress: () => undefined, signal: never }, target);
  const found = usable && { podName: usable.agent.podName, image: usable.agent.image };
  return { ...examined, checked: undefined, plan: { ...plan, ...found } };
}
