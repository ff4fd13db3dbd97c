import { writeWhole } from './write-whole.ts';

/** Half a second in all, then the text is dropped. */
const attempts = 100;

/**
 * Writes to standard error without `process.stderr`: that would make a pipe non-blocking, which the command shares, and would end the program with EPIPE
 * where nobody reads any more. What can't be written is dropped: words of ours never stop a session.
 * @param text - whole lines, newline included
 */
export function writeStderr(text: string, descriptor = 2): void {
  try {
    writeWhole(descriptor, text, attempts);
  } catch {
    // Nobody reads any more, and there is nowhere else to say so.
  }
}
