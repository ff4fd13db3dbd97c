import { ClusterError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import { allDone } from '../../domain/promises.ts';
import { sessionOf, type WorkloadMark } from '../../domain/workload/workload-facts.ts';
import type { PlannedPod, PlannedSwap } from './plan-pod.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { HeldWorkload } from './held-workload.ts';
import { uninterrupted } from './persist.ts';
import { releaseOrTell } from './release-or-tell.ts';
import { startGuardian } from './start-guardian.ts';
import { madeObjects } from './plan-report.ts';
import { runStep, type Opening } from './session-parts.ts';
import { describeGivenBack, takeOverSession } from './take-over-session.ts';

/** What was made. */
export interface MadePod {
  readonly workload: HeldWorkload | undefined;
  readonly lease: LeaseKeeper;
}

/**
 * Journal and watchdog first, then the Lease, then the pod that it owns: whatever dies in between, somebody knows what to undo.
 * @throws ClusterError; HostError `STATE_UNWRITABLE`
 */
export async function makePod(opening: Opening, pod: PlannedPod, swap: PlannedSwap | undefined): Promise<MadePod> {
  const { owner, lease } = await runStep(opening, 'lease', async () => {
    return [await createLease(opening, swap), opening.plan.leaseName] as const;
  });
  const [workload] = swap ? await allDone([markWorkload(opening, swap, owner), startGuardian(opening, owner)]) : [];
  await runStep(opening, 'pod', async () => {
    const { parts, plan, signal } = opening;
    if (swap?.order.order === 'scaled-first' && swap.order.freesQuota) await untilThereIsRoom(opening, pod);
    await parts.cluster.createAgentPod({ ...pod, owner }, (progress) => parts.events({ kind: 'pod-progress', ...progress }), signal);
    return [undefined, plan.podName] as const;
  });
  return { workload, lease };
}

/** Kubernetes counts again only a moment after the workload's pods are gone. */
const roomLimitMs = 10_000;
const roomPauseMs = 500;

/** @throws ClusterError `QUOTA_EXCEEDED` where there is none after all */
async function untilThereIsRoom({ parts, signal }: Opening, pod: PlannedPod): Promise<void> {
  const { cluster, clock } = parts;
  for (const until = clock.now() + roomLimitMs; ; await clock.sleep(roomPauseMs, signal)) {
    try {
      return await cluster.dryRunAgentPod(pod, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'QUOTA_EXCEEDED' || clock.now() >= until) throw error;
    }
  }
}

/** Where the workload can't share with its successor, it goes first. */
async function markWorkload(
  opening: Opening,
  { workloads, hold, order, successorTo }: PlannedSwap,
  owner: LeaseReference,
): Promise<HeldWorkload> {
  const { parts, signal } = opening;
  return runStep(opening, 'workload', async () => {
    if (successorTo) await endPredecessor(opening, { workloads, hold, predecessor: successorTo });
    const workload = await HeldWorkload.mark({ opening, workloads, hold, owner });
    if (order.order === 'served-first') return [workload, `${workload.name} is marked, and serves on`] as const;
    parts.events({ kind: 'swap-gap', workload: workload.name, reason: order.gap });
    await workload.scaleDown('at-once');
    await workloads.untilScaledDown(hold, signal);
    return [workload, `${workload.name} is at 0`] as const;
  });
}

/** The workload is marked by a session that has long been silent, or whose Lease is gone: that one's mark goes first. */
async function endPredecessor(
  { parts, plan, signal }: Opening,
  { workloads, hold, predecessor }: Pick<PlannedSwap, 'workloads' | 'hold'> & { readonly predecessor: WorkloadMark },
): Promise<void> {
  const { cluster, clock, events } = parts;
  const by = `${plan.holder} (session ${plan.sessionId})`;
  const taking = { cluster, clock, by, silenceMs: plan.timings.takeoverMs };
  const detail = await takeOverSession(taking, predecessor.lease, signal);
  // Of a Lease that is gone the mark alone may be left.
  const outcome = await workloads.giveBackWorkload({ ...hold, mark: predecessor }, signal);
  events({ kind: 'session-repaired', sessionId: sessionOf(predecessor), detail: detail ?? describeGivenBack(hold, outcome) });
}

async function createLease(
  opening: Opening,
  swap: PlannedSwap | undefined,
): Promise<{ readonly owner: LeaseReference; readonly lease: LeaseKeeper }> {
  const { parts, plan, held, journal } = opening;
  const { cluster, clock, events } = parts;
  const name = plan.leaseName;
  const lease = new LeaseKeeper({ cluster, clock, events, name, everyMs: plan.timings.leaseRenewMs });
  await journal.append({ kind: 'lease-intended', name });
  held.push('lease, pod and secret', async () => {
    lease.stop();
    await deleteLease(opening);
    await journal.append({ kind: 'lease-deleted', name });
  });
  const durationSeconds = Math.ceil((plan.timings.leaseRenewMs * 3) / 1000);
  const spec = { name, sessionId: plan.sessionId, holder: plan.holder, durationSeconds, hold: swap?.hold };
  const owner = await cluster.createLease(spec, uninterrupted());
  lease.start();
  return { owner, lease };
}

async function deleteLease(opening: Opening): Promise<void> {
  const { cluster } = opening.parts;
  const { leaseName } = opening.plan;
  await releaseOrTell(opening, (signal) => cluster.deleteLease(leaseName, signal), {
    objects: madeObjects(opening.plan),
    hint: `they go with: kubectl delete lease -n ${cluster.identity.kubeNamespace} ${leaseName}; a watchdog goes on trying, and so does the next \`inpod run\` or \`inpod restore\` here`,
  });
}
