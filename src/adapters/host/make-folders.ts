import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Instead of Node's own `recursive`, which never returns where a file system takes no folders,
 * as below /proc (Node 20.20).
 * @param path - absolute
 * @param mode - permission bits of each that is made
 * @throws the system's error
 */
export function makeFolders(path: string, mode: number): void {
  if (made(path, mode)) return;
  const parent = dirname(path);
  if (parent === path) return;
  makeFolders(parent, mode);
  if (!made(path, mode)) mkdirSync(path, mode); // For its error: what is above it is there.
}

/** @returns whether the folder is there now; not where one above it is missing @throws the system's error for all else */
function made(path: string, mode: number): boolean {
  try {
    mkdirSync(path, mode);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}
