import { writeSync } from 'node:fs';

/** How often a full pipe is tried again, and how long each pause is: half a second in all, then the text is dropped. */
const attempts = 100;
const pauseMs = 5;

/**
 * Writes to standard error without `process.stderr`: that would make a pipe non-blocking, which the command shares, and would end the program with EPIPE
 * where nobody reads any more. What can't be written is dropped: words of ours never stop a session.
 * @param text - whole lines, newline included
 */
export function writeStderr(text: string, descriptor = 2): void {
  const bytes = Buffer.from(text);
  let failures = 0;
  for (let at = 0; at < bytes.length && failures < attempts;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (!isFull(error)) return;
      failures++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
