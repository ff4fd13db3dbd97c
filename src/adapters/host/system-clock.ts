import { performance } from 'node:perf_hooks';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import { instant } from '../../domain/netstack/instant.ts';

/** The machine's clocks. `performance.now` is CLOCK_MONOTONIC on Linux: it stands still while the laptop sleeps. */
export const systemClock: ClockPort = {
  now: () => instant(performance.now()),
  wallMs: () => Date.now(),
  sleep,
};

/** Not that of `node:timers/promises`, which rejects with an error of its own. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
