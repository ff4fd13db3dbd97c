import { writeSync } from 'node:fs';

/** Between two tries at a full pipe that somebody else made non-blocking. */
const pauseMs = 5;

/**
 * Writes all of `text`, in blocking calls; where a pipe is full it pauses and tries again.
 * @param attempts - so many tries at a full pipe in all; what isn't written by then is dropped
 * @throws the system's error, as `writeSync`; `EAGAIN` never
 */
export function writeWhole(descriptor: number, text: string, attempts = Infinity): void {
  const bytes = Buffer.from(text);
  let failures = 0;
  for (let at = 0; at < bytes.length && failures < attempts;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      failures++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

/** The name of a system's error, `ENOSPC`; else its text. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
