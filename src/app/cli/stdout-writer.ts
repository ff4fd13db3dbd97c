import { HostError } from '../../domain/errors.ts';
import { errnoOf, writeWhole } from './write-whole.ts';

/**
 * Writes a report to standard output, whole: a script must not take half a report, or none, for all. A reader that has gone (`| head -1`) has what it wanted.
 * @throws HostError `FILE_UNWRITABLE`
 */
export function writeStdout(text: string, descriptor = 1): void {
  try {
    writeWhole(descriptor, text);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'EPIPE') throw unwritable(code, error);
  }
}

function unwritable(code: string, cause: unknown): HostError {
  const hint = code === 'ENOSPC' ? 'is the disk full that it goes to?' : undefined;
  return new HostError({ code: 'FILE_UNWRITABLE', message: `standard output can't be written: ${code}`, hint, cause });
}
