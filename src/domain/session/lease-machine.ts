import type { WorkloadHold } from '../workload/workload-facts.ts';

/**
 * A session's Lease as the API has it. It is *live* while the session renews it, *silent* when that stops, *claimed* once somebody took it to repair the
 * session, and gone at the end. Times are the API's, never a laptop's.
 */
export interface LeaseFacts {
  /** `USER@HOST`: the session's, or whoever claimed it. */
  readonly holder: string;
  /** How often it was claimed; 0 as long as it is the session's own (`spec.leaseTransitions`). */
  readonly claims: number;
  /** Since its holder last wrote it; 0 or more, whole seconds. */
  readonly silentMs: number;
  /** Silence that a session, or a claimer, is allowed. */
  readonly durationMs: number;
  /** Of the object: a claim fails where it was written since. */
  readonly version: string;
  /** The workload whose place the session has, as it was. */
  readonly hold: WorkloadHold | undefined;
}

/** Who wants to repair. */
export interface Claimer {
  /** Silence after which the session counts as dead for this claimer; 0 where its death is proven otherwise, `undefined` for what its Lease allows. */
  readonly silenceMs: number | undefined;
  /** No two processes have the same: `USER@HOST (pid N)`. */
  readonly by: string;
}

/** `live`: to be left alone. `claimed`: somebody else is at work. `gone`: nobody has to claim anything any more. */
export type ClaimDecision = 'claim' | 'live' | 'claimed' | 'gone';

/** Whether a session may be claimed for repair. A claimer that fell silent is followed by the next one; its own claim may be renewed by a new one. */
export function decideClaim(facts: LeaseFacts | undefined, { by, ...claimer }: Claimer): ClaimDecision {
  if (!facts) return 'gone';
  const { holder, claims, silentMs, durationMs } = facts;
  const silenceMs = claimer.silenceMs ?? durationMs;
  if (claims === 0) return silentMs >= silenceMs ? 'claim' : 'live';
  return holder === by || silentMs >= durationMs ? 'claim' : 'claimed';
}

/** Whether a claim may still be acted upon: half of the silence after which others may claim. @param agoMs - since before it was made, by the claimer's clock */
export function isClaimFresh(agoMs: number, { durationMs }: Pick<LeaseFacts, 'durationMs'>): boolean {
  return agoMs < durationMs / 2;
}

/** What whoever repaired a session tells it, should it only have slept. */
export interface RepairNotice {
  /** Of the session that was repaired. */
  readonly leaseName: string;
  /** `USER@HOST`. */
  readonly by: string;
  /** Milliseconds since 1970, by the repairer's clock: for people. */
  readonly atWallMs: number;
  /** What was given back, for people. */
  readonly detail: string;
}
