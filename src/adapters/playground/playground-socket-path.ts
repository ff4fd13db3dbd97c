import { join } from 'node:path';

/** The socket of the playground in `folder`. */
export function playgroundSocket(folder: string): string {
  return join(folder, 'socket');
}
