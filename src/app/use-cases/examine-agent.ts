import { ClusterError, type AppError } from '../../domain/errors.ts';
import type { StandingAgentKeys } from '../../domain/ports/agent-keys-port.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { StandingAgent, StandingAgents } from '../../domain/ports/cluster/standing-agents.ts';
import type { AgentTarget } from '../../domain/session/agent-target.ts';
import { rightsToUseAgent } from '../../domain/session/required-rights.ts';
import { blamed, requireRights, requireTunnel } from './plan-problems.ts';
import type { SessionParts } from './session-parts.ts';

/** What examining takes. */
export interface ExamineAgentParts {
  readonly parts: Pick<SessionParts, 'cluster' | 'tunnel' | 'agentKeys'>;
  /** Told of a pod that is on its way up. */
  readonly progress: (step: PodProgress) => void;
  readonly signal: AbortSignal;
}

/** An agent as far as it can be used, and all that stands in the way. */
export interface ExaminedAgent {
  readonly usable: { readonly agent: StandingAgent; readonly keys: StandingAgentKeys } | undefined;
  /** In the order of blame. */
  readonly problems: readonly AppError[];
  readonly rights: readonly RequiredRight[];
}

/** Reads only, side by side. @throws what is nobody's fault but a bug's; CancelledError */
export async function examineAgent({ parts, progress, signal }: ExamineAgentParts, target: AgentTarget): Promise<ExaminedAgent> {
  const { cluster, tunnel, agentKeys } = parts;
  const rights = rightsToUseAgent;
  const usable = async (): Promise<NonNullable<ExaminedAgent['usable']>> => {
    const agent = await requireAgents(cluster).findAgent(target, progress, signal);
    return { agent, keys: await agentKeys.find(agent.keyId) };
  };
  const [existing, missing, pod, probe] = await Promise.allSettled([
    cluster.requireNamespace(signal),
    cluster.missingRights(rights, signal).then((lacking) => requireRights(lacking, cluster.identity)),
    usable(),
    tunnel.probe(signal).then((probed) => requireTunnel(tunnel, probed)),
  ]);
  return { usable: pod.status === 'fulfilled' ? pod.value : undefined, problems: blamed({ existing, missing, pod, probe }), rights };
}

function requireAgents({ agents, identity }: Pick<ClusterPort, 'agents' | 'identity'>): StandingAgents {
  if (agents) return agents;
  throw new ClusterError({
    code: 'WORKLOAD_UNSUITABLE',
    message: `${identity.cluster} has no standing agents`,
    hint: 'leave --agent out, or choose a cluster with --context',
  });
}
