import type { ClockPort } from '../../domain/ports/clock-port.ts';

/** Resolves when `work` has, or after `limitMs` without it: that goes on then. @throws what `work` throws in time */
export async function atMost(clock: Pick<ClockPort, 'sleep'>, limitMs: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, clock.sleep(limitMs, over.signal).catch(() => undefined)]);
  } finally {
    over.abort();
  }
}
