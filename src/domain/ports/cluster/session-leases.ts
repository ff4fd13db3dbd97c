import type { LeaseFacts, RepairNotice } from '../../session/lease-machine.ts';
import type { WorkloadHold } from '../../workload/workload-facts.ts';
import type { LeaseReference } from './agent-pods.ts';

/** What a session's Lease says of it. */
export interface SessionLeaseSpec {
  /** `inpod-ID`. */
  readonly name: string;
  readonly sessionId: string;
  /** `USER@HOST`, for people. */
  readonly holder: string;
  /** Seconds after which silence counts. */
  readonly durationSeconds: number;
  /** What whoever repairs the session has to give back. */
  readonly hold?: WorkloadHold | undefined;
}

/** Leases (coordination.k8s.io/v1): who is alive, who repairs, and the owner of all that a session makes. */
export interface SessionLeases {
  /** @throws ClusterError */
  createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference>;
  /** Moves renewTime. @throws ClusterError `LEASE_CLAIMED` where somebody repairs the session, `NOT_FOUND` where the Lease is gone, `UNAUTHORIZED`, `API_UNREACHABLE` */
  renewLease(name: string, signal: AbortSignal): Promise<void>;
  /** @returns `undefined` where there is none */
  readLease(name: string, signal: AbortSignal): Promise<LeaseFacts | undefined>;
  /** Makes it `by`'s, in one write that fails if anybody wrote it since `facts` were read. @returns whether it is `by`'s now */
  claimLease(name: string, facts: LeaseFacts, by: string, signal: AbortSignal): Promise<boolean>;
  /** Deletes the Lease, hence pod and Secret with the grace period `podGraceSeconds`; one that is gone already is fine. @throws ClusterError */
  deleteLease(name: string, signal: AbortSignal): Promise<void>;
  /** Leaves a word for a session that may only sleep; the last one counts. Such words are for a day. */
  leaveNotice(notice: RepairNotice, signal: AbortSignal): Promise<void>;
  /** Takes the word for the session of that Lease away, if there is one. */
  takeNotice(leaseName: string, signal: AbortSignal): Promise<RepairNotice | undefined>;
}
