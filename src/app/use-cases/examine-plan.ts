import { ClusterError, type AppError } from '../../domain/errors.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { AgentPayload } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { rightsFor } from '../../domain/session/required-rights.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { orderUnderQuota } from '../../domain/workload/swap-decision.ts';
import type { WorkloadReference } from '../../domain/workload/workload-reference.ts';
import { planPod, resolveTarget, type CheckedPlan, type PlanParts } from './plan-pod.ts';
import { blamed, requireRights, requireTunnel } from './plan-problems.ts';
import type { SessionParts } from './session-parts.ts';

/** What examining takes. */
export interface ExamineParts extends PlanParts {
  readonly parts: Pick<SessionParts, 'cluster' | 'tunnel' | 'loadAgentProgram'>;
}

/** The plan as far as it can be made, and all that stands in its way. */
export interface ExaminedPlan {
  readonly checked: CheckedPlan | undefined;
  /** In the order of blame: what follows from another isn't told. */
  readonly problems: readonly AppError[];
  readonly rights: readonly RequiredRight[];
}

/** Reads only, side by side. @throws what is nobody's fault but a bug's; CancelledError */
export async function examinePlan({ parts, plan, signal }: ExamineParts, keys: Omit<AgentPayload, 'agentProgram'>): Promise<ExaminedPlan> {
  const { cluster, tunnel } = parts;
  const payload = { ...keys, agentProgram: await parts.loadAgentProgram() };
  const target = resolveTarget({ parts, plan, signal });
  const rights = target.then((reference) => rightsFor(usesOf(plan, reference)));
  const planned = target.then((reference) => planPod({ parts, plan, signal }, payload, reference));
  const [known, existing, missing, made, pod, probe] = await Promise.allSettled([
    rights,
    cluster.requireNamespace(signal),
    rights.then(async (needed) => requireRights(await cluster.missingRights(needed, signal), cluster.identity)),
    planned,
    planned.then((checked) => admitted(cluster, checked, signal)),
    tunnel.probe(signal).then((probed) => requireTunnel(tunnel, probed)),
  ]);
  return {
    checked: pod.status === 'fulfilled' ? pod.value : made.status === 'fulfilled' ? made.value : undefined,
    problems: blamed({ existing, missing, pod, probe }),
    rights: known.status === 'fulfilled' ? known.value : rightsFor({ inbound: plan.inbound }),
  };
}

/** @returns the plan as the API admits it: a quota without room for one pod more makes the workload go first */
async function admitted(cluster: Pick<ClusterPort, 'dryRunAgentPod'>, checked: CheckedPlan, signal: AbortSignal): Promise<CheckedPlan> {
  const { pod, swap } = checked;
  try {
    await cluster.dryRunAgentPod(pod, signal);
    return checked;
  } catch (error) {
    const order = swap && orderUnderQuota(swap.order, swap.hold.mark.replicas);
    if (!order || !(error instanceof ClusterError) || error.code !== 'QUOTA_EXCEEDED') throw error;
    return { ...checked, swap: { ...swap, order } };
  }
}

function usesOf({ inbound, swap }: SessionPlan, reference: WorkloadReference | undefined): Parameters<typeof rightsFor>[0] {
  return { inbound, ...(swap ? { swap: reference } : { copy: reference }) };
}
