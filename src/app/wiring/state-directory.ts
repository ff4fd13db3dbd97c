import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where this user's sessions keep journal and log.
 * @see {@link https://specifications.freedesktop.org/basedir-spec/latest/ | XDG Base Directory Specification}
 */
export function sessionsDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment['XDG_STATE_HOME'];
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'inpod', 'sessions');
}
