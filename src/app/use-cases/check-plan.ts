import { ClusterError, HostError } from '../../domain/errors.ts';
import type { AgentPayload, AgentPodSpec, TemplateUse } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { TunnelPort, TunnelProbe } from '../../domain/ports/tunnel-port.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import { describeMissingRights, rightsFor, whoGivesRights } from '../../domain/session/required-rights.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { decideClaim } from '../../domain/session/lease-machine.ts';
import { requireInitContainers } from '../../domain/workload/skipped-init-containers.ts';
import { containerToCopy, decideSwap, freed, type SwapOrder } from '../../domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import type { WorkloadTarget } from '../../domain/workload/workload-reference.ts';
import { runStep, type Opening } from './session-parts.ts';

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
}

/**
 * Reads only, side by side: what would fail later fails here, before anything is changed.
 * @throws ClusterError (missing rights before the dry run's refusal, which they cause); HostError `TUN_UNAVAILABLE`
 */
export async function checkPlan(opening: Opening, keys: Omit<AgentPayload, 'agentProgram'>): Promise<CheckedPlan> {
  return runStep(opening, 'plan', async () => {
    const { parts, plan, signal } = opening;
    const { cluster, tunnel } = parts;
    const payload = { ...keys, agentProgram: await parts.loadAgentProgram() };
    const rights = rightsFor(plan);
    const planned = planPod(opening, payload);
    const [existing, missing, admitted, probe] = await Promise.allSettled([
      cluster.requireNamespace(signal),
      cluster.missingRights(rights, signal),
      planned.then(({ pod }) => cluster.dryRunAgentPod(pod, signal)),
      tunnel.probe(signal),
    ]);
    // The order of blame: a namespace that doesn't exist takes all rights, and missing rights the dry run.
    valueOf(existing);
    requireRights(valueOf(missing), cluster.identity);
    valueOf(admitted);
    requireTunnel(tunnel, valueOf(probe));
    return [await planned, `${rights.length} rights, dry run of the pod, ${tunnel.name} probed`] as const;
  });
}

async function planPod({ parts, plan, signal }: Opening, payload: AgentPayload): Promise<CheckedPlan> {
  const { podName, sessionId, image, serviceAccount, inbound } = plan;
  const pod = { podName, sessionId, image, serviceAccount, ports: podPorts(inbound), payload };
  if (plan.copy)
    return { pod: { ...pod, template: await planCopy(parts.cluster, plan.copy, plan.skipInit, signal) }, swap: undefined, plan };
  if (!plan.swap) return { pod, swap: undefined, plan };
  const { kind, name } = plan.swap;
  const workloads = requireWorkloads(parts.cluster);
  const { facts, successorTo } = await withoutPredecessor(parts.cluster, await workloads.readWorkload(plan.swap, signal), plan, signal);
  const { container, order, expose } = decideSwap(facts, plan.swap, inbound.expose);
  requireInitContainers(facts, plan.skipInit);
  const exposed = { ...inbound, expose };
  const mark = { version: 1, lease: plan.leaseName, holder: plan.holder, replicas: facts.replicas } as const;
  return {
    pod: { ...pod, ports: podPorts(exposed), template: { kind, name, container, as: 'successor', skipInit: plan.skipInit } },
    swap: { workloads, hold: { kind, name, mark, replicasOwners: facts.replicasOwners }, order, successorTo },
    plan: { ...plan, inbound: exposed },
  };
}

async function planCopy(
  cluster: ClusterPort,
  target: WorkloadTarget,
  skipInit: readonly string[],
  signal: AbortSignal,
): Promise<TemplateUse> {
  const facts = await requireWorkloads(cluster).readWorkload(target, signal);
  const container = containerToCopy(facts, target);
  requireInitContainers(facts, skipInit);
  return { kind: target.kind, name: target.name, container, as: 'copy', skipInit };
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

function requireRights(missing: readonly RequiredRight[], { user, kubeNamespace }: ClusterIdentity): void {
  if (missing.length === 0) return;
  throw new ClusterError({
    code: 'FORBIDDEN',
    message: `user ${user} is ${describeMissingRights(missing, kubeNamespace)}`,
    hint: whoGivesRights(kubeNamespace),
  });
}

/** @throws HostError `TUN_UNAVAILABLE` with the step that is forbidden, and what to do */
export function requireTunnel(tunnel: TunnelPort, probe: TunnelProbe): void {
  if (probe.usable) return;
  throw new HostError({
    code: 'TUN_UNAVAILABLE',
    message: `the backend ${tunnel.name} can't work here: ${probe.reason} (${probe.step}: ${probe.errno})`,
    hint: probe.hint,
    details: { step: probe.step, errno: probe.errno },
  });
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
