import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import { instant } from '../../domain/netstack/instant.ts';

/** The machine's clocks. `performance.now` is CLOCK_MONOTONIC on Linux: it stands still while the laptop sleeps. */
export const systemClock: ClockPort = {
  now: () => instant(performance.now()),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal: signal as globalThis.AbortSignal }),
};
