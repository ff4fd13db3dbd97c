import { writeSync } from 'node:fs';
import { HostError } from '../../domain/errors.ts';

/** Between two tries at a full pipe that somebody else made non-blocking. */
const pauseMs = 5;

/**
 * Writes a report to standard output, whole: a script must not take half a report, or none, for all. A reader that has gone (`| head -1`) has what it wanted.
 * @throws HostError `FILE_UNWRITABLE`
 */
export function writeStdout(text: string, descriptor = 1): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw unwritable(code, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

function unwritable(code: string, cause: unknown): HostError {
  const hint = code === 'ENOSPC' ? 'is the disk full that it goes to?' : undefined;
  return new HostError({ code: 'FILE_UNWRITABLE', message: `standard output can't be written: ${code}`, hint, cause });
}
