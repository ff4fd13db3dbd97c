import { ClusterError } from '../errors.ts';

/** How long a failure of the API is worth another try: as long as it is away, for a moment, or not at all. */
export type ApiPatience = 'while-away' | 'briefly' | 'never';

/** What `briefly` is: an API server that was restarted answers 403 until it has read its roles, a second or two. */
export const brieflyMs = 15_000;

/** Decides by the code alone; credentials that ended (401) don't come back by waiting for the API; who repairs may die over it. */
export function patienceWith(error: unknown): ApiPatience {
  if (!(error instanceof ClusterError)) return 'never';
  if (error.code === 'API_UNREACHABLE' || error.code === 'API_ERROR' || error.code === 'LEASE_CLAIMED') return 'while-away';
  return error.code === 'FORBIDDEN' ? 'briefly' : 'never';
}

/** Whether to try again, given how long that was tried already. @param limitMs - the patience with an API that is away */
export function isWorthAnotherTry(error: unknown, triedMs: number, limitMs: number): boolean {
  const patience = patienceWith(error);
  if (patience === 'never') return false;
  return triedMs < (patience === 'briefly' ? Math.min(brieflyMs, limitMs) : limitMs);
}
