import { userInfo } from 'node:os';

/** Who runs this, for people. An account without a passwd entry (a container's arbitrary uid) has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid${process.getuid?.() ?? ''}`;
  }
}
