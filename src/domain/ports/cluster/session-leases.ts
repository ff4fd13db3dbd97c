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
}

/** Leases (coordination.k8s.io/v1): who is alive, and the owner of all that a session makes. */
export interface SessionLeases {
  /** @throws ClusterError */
  createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference>;
  /** Moves renewTime. @throws ClusterError `NOT_FOUND` where it is gone, `UNAUTHORIZED`, `API_UNREACHABLE` */
  renewLease(name: string, signal: AbortSignal): Promise<void>;
  /** Deletes the Lease, hence pod and Secret with the grace period `podGraceSeconds`; one that is gone already is fine. @throws ClusterError */
  deleteLease(name: string, signal: AbortSignal): Promise<void>;
}
