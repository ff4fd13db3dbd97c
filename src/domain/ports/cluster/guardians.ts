import type { LeaseReference } from './agent-pods.ts';

/** A guardian of one session. */
export interface GuardianSpec {
  readonly sessionId: string;
  /** The session's Lease: it is watched, and the guardian goes with it. */
  readonly owner: LeaseReference;
  readonly image: string;
  /** Text of the guardian program. */
  readonly program: string;
  /** Silence after which the session is repaired. */
  readonly guardMs: number;
  /** It looks this often. */
  readonly lookMs: number;
}

/** Programs in the cluster that repair a session whose laptop is silent: they outlive that. */
export interface Guardians {
  /** Whether an administrator lets this namespace have guardians: it has the service account `inpod-guardian`. Who may not look is told no. */
  mayGuard(signal: AbortSignal): Promise<boolean>;
  /** Starts one, without waiting for it. @throws ClusterError */
  postGuardian(spec: GuardianSpec, signal: AbortSignal): Promise<void>;
}
