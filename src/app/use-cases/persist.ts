import type { ClockPort } from '../../domain/ports/clock-port.ts';
import { ApiPatience } from '../../domain/session/api-patience.ts';

/** While the API is away, a release tries again this often. */
const usualPauseMs = 1000;

/** For calls that must not be abandoned half-way: what is made after its undoing would stay. */
export function uninterrupted(): AbortSignal {
  return new AbortController().signal;
}

/** How long a call is tried, and who may abandon it; nobody where it isn't said. */
export interface Persistence {
  readonly clock: ClockPort;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** Between two tries. */
  readonly pauseMs?: number;
}

/** Tries again while the API can't be reached, until `limitMs` have passed. @throws the last failure; the signal's reason */
export async function persist<T>(call: (signal: AbortSignal) => Promise<T>, how: Persistence): Promise<T> {
  const { clock, limitMs, signal = uninterrupted(), pauseMs = usualPauseMs } = how;
  for (const patience = new ApiPatience(clock.now(), limitMs); ; await clock.sleep(pauseMs, signal)) {
    try {
      return await call(signal);
    } catch (error) {
      if (!patience.isWorthAnotherTry(error, clock.now())) throw error;
    }
  }
}
