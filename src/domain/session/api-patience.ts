import { ClusterError } from '../errors.ts';
import type { Instant } from '../netstack/instant.ts';

/** How long a failure of the API is worth another try: as long as it is away, for a moment, or not at all. */
type Patience = 'while-away' | 'briefly' | 'never';

/** What `briefly` is: an API server that was restarted answers 403 until it has read its roles, a second or two. */
export const brieflyMs = 15_000;

/** Decides by the code alone; credentials that ended (401) don't come back by waiting for the API; who repairs may die over it. */
export function patienceWith(error: unknown): Patience {
  if (!(error instanceof ClusterError)) return 'never';
  if (error.code === 'API_UNREACHABLE' || error.code === 'API_ERROR' || error.code === 'LEASE_CLAIMED') return 'while-away';
  return error.code === 'FORBIDDEN' ? 'briefly' : 'never';
}

/** Judges the failures of one call, which is tried again and again, in their order. */
export class ApiPatience {
  readonly #startedAt: Instant;
  readonly #limitMs: number;
  /** Of the refusals in a row: an API that comes back refuses after it was away for however long. */
  #refusedSince: Instant | undefined;

  /** @param limitMs - the patience with an API that is away, from `startedAt` on */
  constructor(startedAt: Instant, limitMs: number) {
    this.#startedAt = startedAt;
    this.#limitMs = limitMs;
  }

  isWorthAnotherTry(error: unknown, at: Instant): boolean {
    const patience = patienceWith(error);
    if (patience === 'briefly') this.#refusedSince ??= at;
    else this.#refusedSince = undefined;
    if (patience === 'never' || at - this.#startedAt >= this.#limitMs) return false;
    return this.#refusedSince === undefined || at - this.#refusedSince < brieflyMs;
  }
}
