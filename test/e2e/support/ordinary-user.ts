import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import type { LaptopUser } from './bed.ts';
import { runsAsRoot } from './e2e-environment.ts';

/** A user, and how to take it away. */
export interface MadeUser {
  readonly user: LaptopUser;
  remove(): Promise<void>;
}

const name = 'inpod-e2e';

/** Makes an ordinary user with a home folder. Where the tests aren't root's, whoever runs them is one already. */
export async function makeOrdinaryUser(): Promise<MadeUser> {
  if (!runsAsRoot) return { user: currentUser(), remove: async () => {} };
  removeUser();
  // The password can't be typed, and isn't "locked", which sshd would refuse.
  execFileSync('useradd', ['-m', '-s', '/bin/bash', '-p', '*', name]);
  const [, , uid, gid, , home] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':');
  return { user: { name, uid: Number(uid), gid: Number(gid), home: home ?? '' }, remove: async () => removeUser() };
}

/** Whoever runs the tests. */
export function currentUser(): LaptopUser {
  const { username, uid, gid, homedir } = userInfo();
  return { name: username, uid, gid, home: homedir };
}

/** Also one that an interrupted run left. */
function removeUser(): void {
  try {
    execFileSync('userdel', ['-r', '-f', name], { stdio: 'ignore' });
  } catch {
    // There was none.
  }
}
