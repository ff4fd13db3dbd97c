import type { Instant } from '../netstack/instant.ts';

/** Time, as an argument. */
export interface ClockPort {
  /** Monotonic milliseconds. */
  now(): Instant;
  /** Wall time in milliseconds since 1970, for records that people read. */
  wallMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
