import { hostname } from 'node:os';
import { userName } from './user-name.ts';

/** `USER@HOST`: whose a session is, for people. */
export function holderName(): string {
  return `${userName()}@${hostname()}`;
}

/** Who repairs sessions; no two processes have the same. */
export function repairerName(): string {
  return `${holderName()} (pid ${process.pid})`;
}
