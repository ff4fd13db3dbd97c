import { ApiPatience } from '../../domain/session/api-patience.ts';
import { ClusterError } from '../../domain/errors.ts';
import { takeOverSession, type TakeOverParts } from './take-over-session.ts';

/** What guarding takes. */
export interface GuardParts extends TakeOverParts {
  readonly leaseName: string;
  /** It looks this often. */
  readonly lookMs: number;
}

/**
 * Waits beside a session until that has ended, or was silent for too long: then it is repaired. An API that is away is asked again, without end.
 * @returns what was repaired, for people; `undefined` where the session ended by itself
 * @throws ClusterError for what isn't going to pass, such as a right that is missing
 */
export async function guardSession(parts: GuardParts, signal: AbortSignal): Promise<string | undefined> {
  const { clock, leaseName, lookMs } = parts;
  for (let patience: ApiPatience | undefined; ; await clock.sleep(lookMs, signal)) {
    try {
      return await takeOverSession(parts, leaseName, signal);
    } catch (error) {
      if (isAlive(error)) {
        patience = undefined;
        continue;
      }
      patience ??= new ApiPatience(clock.now(), Infinity);
      if (!patience.isWorthAnotherTry(error, clock.now())) throw error;
    }
  }
}

function isAlive(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'SESSION_ALIVE';
}
