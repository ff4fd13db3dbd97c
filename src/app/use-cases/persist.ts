import type { ClockPort } from '../../domain/ports/clock-port.ts';
import { isWorthAnotherTry } from '../../domain/session/api-patience.ts';

/** While the API is away, a release tries again this often. */
const pauseMs = 1000;

/** For calls that must not be abandoned half-way: what is made after its undoing would stay. */
export function uninterrupted(): AbortSignal {
  return new AbortController().signal;
}

/** Tries again while the API can't be reached, until `limitMs` have passed. @throws the last failure */
export async function persist<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { clock, limitMs }: { clock: ClockPort; limitMs: number },
): Promise<T> {
  const never = uninterrupted();
  for (const startedAt = clock.now(); ; await clock.sleep(pauseMs, never)) {
    try {
      return await call(never);
    } catch (error) {
      if (!isWorthAnotherTry(error, clock.now() - startedAt, limitMs)) throw error;
    }
  }
}
