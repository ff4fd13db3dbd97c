import type { WorkloadHold } from '../../workload/workload-facts.ts';

/** What a Lease says. */
export interface SurveyedLease {
  readonly sessionId: string;
  /** `USER@HOST`. */
  readonly holder: string;
  /** Last sign of life: milliseconds since 1970, by the API's clock. */
  readonly renewedWallMs: number;
  /** Seconds after which silence counts. */
  readonly durationSeconds: number;
  readonly createdWallMs: number;
  /** The workload whose place it has. */
  readonly hold?: WorkloadHold | undefined;
}

/** What a session's pod says. */
export interface SurveyedPod {
  readonly sessionId: string;
  readonly name: string;
  /** `Pending`, `Running`, `Terminating` and their like. */
  readonly phase: string;
  /** Disruption budgets that let nobody evict it as things are: a drain of its node waits for it. */
  readonly budgets?: readonly string[];
  readonly createdWallMs: number;
}

/** The sessions of a namespace, whoever's they are, as their objects say. */
export interface SessionObjects {
  readonly leases: readonly SurveyedLease[];
  readonly pods: readonly SurveyedPod[];
  /** What the user may not list: nothing is known of it. */
  readonly unreadable: readonly ('leases' | 'pods')[];
}

/** Looks at the sessions in the namespace; changes nothing. */
export interface SessionSurvey {
  /** @throws ClusterError; where only a right is missing, `unreadable` says so */
  listSessions(signal: AbortSignal): Promise<SessionObjects>;
}
