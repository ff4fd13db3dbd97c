import { ClusterError } from '../../domain/errors.ts';
import type { AgentPayload, AgentPodSpec } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import { decideClaim } from '../../domain/session/lease-machine.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { requireInitContainers } from '../../domain/workload/skipped-init-containers.ts';
import { containerToCopy, decideSwap, freed, type SwapOrder } from '../../domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import type { WorkloadReference, WorkloadTarget } from '../../domain/workload/workload-reference.ts';

/** A pod that is about to be made, but for the Lease that will own it. */
export type PlannedPod = Omit<AgentPodSpec, 'owner'>;

/** How a workload's place will be taken. */
export interface PlannedSwap {
  readonly workloads: Workloads;
  readonly hold: WorkloadHold;
  readonly order: SwapOrder;
  /** The mark of a session that has long been silent: it is ended first. */
  readonly successorTo: WorkloadMark | undefined;
}

/** A plan that holds against what there is. */
export interface CheckedPlan {
  readonly pod: PlannedPod;
  readonly swap: PlannedSwap | undefined;
  /** With the ports that a workload's template exposes. */
  readonly plan: SessionPlan;
  /** Of the workload whose template is used. */
  readonly facts: WorkloadFacts | undefined;
}

/** What planning takes. */
export interface PlanParts {
  readonly parts: { readonly cluster: ClusterPort };
  readonly plan: SessionPlan;
  readonly signal: AbortSignal;
}

/** The object whose place, or copy, is asked for. @throws ClusterError `NOT_FOUND` where the cluster has no such kind */
export async function resolveTarget({ parts, plan, signal }: PlanParts): Promise<WorkloadReference | undefined> {
  const target = plan.swap ?? plan.copy;
  return target && requireWorkloads(parts.cluster).resolveWorkload(target, signal);
}

/**
 * Reads what the plan needs of the cluster, and decides.
 * @param reference - what is to be swapped or copied
 * @throws ClusterError `NOT_FOUND`, `WORKLOAD_TAKEN`, `WORKLOAD_UNSUITABLE`
 */
export async function planPod(
  { parts, plan, signal }: PlanParts,
  payload: AgentPayload,
  reference: WorkloadReference | undefined,
): Promise<CheckedPlan> {
  const { podName, sessionId, image, serviceAccount, inbound } = plan;
  const pod = { podName, sessionId, image, serviceAccount, ports: podPorts(inbound), payload };
  if (plan.copy && reference) return planCopy({ parts, plan, signal }, { target: plan.copy, reference }, pod);
  if (!plan.swap || !reference) return { pod, swap: undefined, plan, facts: undefined };
  const workloads = requireWorkloads(parts.cluster);
  const { facts, successorTo } = await withoutPredecessor(parts.cluster, await workloads.readWorkload(reference, signal), plan, signal);
  const { container, order, expose } = decideSwap(facts, plan.swap, inbound.expose);
  requireInitContainers(facts, plan.skipInit);
  const exposed = { ...inbound, expose };
  const mark = { version: 1, lease: plan.leaseName, holder: plan.holder, replicas: facts.replicas } as const;
  return {
    pod: { ...pod, ports: podPorts(exposed), template: { ...reference, container, as: 'successor', skipInit: plan.skipInit } },
    swap: { workloads, hold: { ...reference, mark, replicasOwners: facts.replicasOwners }, order, successorTo },
    plan: { ...plan, inbound: exposed },
    facts,
  };
}

async function planCopy(
  { parts, plan, signal }: PlanParts,
  { target, reference }: { readonly target: WorkloadTarget; readonly reference: WorkloadReference },
  pod: PlannedPod,
): Promise<CheckedPlan> {
  const { skipInit } = plan;
  const facts = await requireWorkloads(parts.cluster).readWorkload(reference, signal);
  const container = containerToCopy(facts, target);
  requireInitContainers(facts, skipInit);
  return { pod: { ...pod, template: { ...reference, container, as: 'copy', skipInit } }, swap: undefined, plan, facts };
}

/** A workload that a session holds which has long been silent, or whose Lease is gone, as that one is going to give it back. */
async function withoutPredecessor(
  cluster: ClusterPort,
  facts: WorkloadFacts,
  { holder, timings }: SessionPlan,
  signal: AbortSignal,
): Promise<{ readonly facts: WorkloadFacts; readonly successorTo: WorkloadMark | undefined }> {
  const { heldBy } = facts;
  if (!heldBy) return { facts, successorTo: undefined };
  const lease = await cluster.readLease(heldBy.lease, signal);
  const decision = decideClaim(lease, { by: holder, silenceMs: timings.takeoverMs });
  if (decision === 'live' || decision === 'claimed') return { facts, successorTo: undefined };
  return { facts: freed(facts, heldBy, lease?.hold?.replicasOwners ?? []), successorTo: heldBy };
}

function podPorts({ expose }: InboundPlan): readonly number[] {
  return expose.map(({ podPort }) => podPort);
}

function requireWorkloads({ workloads, identity }: ClusterPort): Workloads {
  if (workloads) return workloads;
  throw new ClusterError({
    code: 'WORKLOAD_UNSUITABLE',
    message: `${identity.cluster} has no workloads`,
    hint: 'leave --swap and --copy out, or choose a cluster with --context',
  });
}
