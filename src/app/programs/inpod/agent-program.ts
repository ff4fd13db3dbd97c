import { readFile } from 'node:fs/promises';
import { HostError } from '../../../domain/errors.ts';

/** Text of the agent program. @throws HostError `BINARY_MISSING` */
export async function loadAgentProgram(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HostError({ code: 'BINARY_MISSING', message: `the agent program ${path} can't be read`, hint: 'run `npm run build`', cause });
  }
}
