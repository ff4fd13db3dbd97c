import { isAbsolute, join } from 'node:path';

/** `$XDG_STATE_HOME/inpod/sessions`; a relative XDG_STATE_HOME doesn't count, as its specification says. */
export function sessionsFolder(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(home, '.local', 'state'), 'inpod', 'sessions');
}

/** The log of one session. */
export function sessionLogPath(sessions: string, sessionId: string): string {
  return join(sessions, sessionId, 'log.jsonl');
}
