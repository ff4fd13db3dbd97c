import type { WorkloadFacts, WorkloadHold } from '../../workload/workload-facts.ts';
import type { WorkloadReference, WorkloadTarget } from '../../workload/workload-reference.ts';
import type { LeaseReference } from './agent-pods.ts';

/** How a workload loses its pods: they leave their Services first and go on for a while, or just end. */
export type ScaleDown = 'serving-on' | 'at-once';

/** What giving back found. */
export type GivenBack =
  /** Scaled as it was. */
  | 'restored'
  /** Somebody scaled it meanwhile; only our mark was taken off. */
  | 'unmarked'
  /** It is gone, or not ours any more. */
  | 'left-alone';

/** What somebody else did to a workload that a session has at 0. */
export type Meddling =
  | {
      readonly did: 'scaled';
      /** Field manager: `kubectl`, `argocd-controller`. */
      readonly by: string;
    }
  | { readonly did: 'deleted' };

/** Workloads of the session's namespace: what taking a place, and giving it back, needs. */
export interface Workloads {
  /** What kind of object the target is. @throws ClusterError `NOT_FOUND` where the cluster has no such kind */
  resolveWorkload(target: WorkloadTarget, signal: AbortSignal): Promise<WorkloadReference>;
  /** @throws ClusterError `NOT_FOUND` */
  readWorkload(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadFacts>;
  /** Marks it as ours, in one write that fails if it was marked or scaled meanwhile. @throws ClusterError `WORKLOAD_TAKEN`, `CONFLICT` */
  markWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<void>;
  /**
   * Scales a marked workload to 0. With `serving-on`, its pods are taken out of their Services before, and belong to the Lease from then on.
   * Safe to repeat.
   * @throws ClusterError `CONFLICT` where it is not ours any more
   */
  scaleDown(hold: WorkloadHold, how: ScaleDown, owner: LeaseReference, signal: AbortSignal): Promise<void>;
  /** Ends what `serving-on` spared, with the pods' own grace. Those that are gone already are fine. */
  endOrphans(sessionId: string, signal: AbortSignal): Promise<void>;
  /** Until none of its pods is left. */
  untilScaledDown(hold: WorkloadReference, signal: AbortSignal): Promise<void>;
  /** Until somebody scales a workload up that was scaled to 0, or deletes it. @throws ClusterError `FORBIDDEN` where the user may not watch */
  untilMeddled(hold: WorkloadHold, signal: AbortSignal): Promise<Meddling>;
  /** Replicas, mark and field ownership as they were; safe to repeat, and whatever happened to it meanwhile. */
  giveBackWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<GivenBack>;
  /** Until every Service that selects the pod counts it as ready (EndpointSlices); at once where none does. @returns the Services' names */
  untilRouted(podName: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Until every Service that selects the pod `besides` has another ready endpoint too. @returns an address of each such endpoint; none where no Service selects it */
  untilServedWithout(besides: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Takes the pod out of its Services; it goes on. */
  withdrawPod(podName: string, signal: AbortSignal): Promise<void>;
}
