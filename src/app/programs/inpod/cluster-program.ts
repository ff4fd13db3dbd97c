import { readFile } from 'node:fs/promises';
import { HostError } from '../../../domain/errors.ts';

/** Text of a program that runs in the cluster. @throws HostError `BINARY_MISSING` */
export async function loadClusterProgram(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HostError({ code: 'BINARY_MISSING', message: `the program ${path} can't be read`, hint: 'run `npm run build`', cause });
  }
}
