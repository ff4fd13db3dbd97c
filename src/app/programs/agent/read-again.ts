import { readFile } from 'node:fs/promises';

/** The kubelet may write a file anew; hundreds of questions a second needn't each read it. */
const ageMs = 1000;

/** @returns what `parse` makes of the file, which is read again when it was read more than a second ago. Rejects with the file system's error */
export function readAgain<T>(path: string, parse: (text: string) => T): () => Promise<T> {
  let readAt = -Infinity;
  let known: Promise<T> | undefined;
  return () => {
    const now = performance.now();
    if (known && now - readAt < ageMs) return known;
    readAt = now;
    known = readFile(path, 'utf8').then(parse);
    return known;
  };
}
