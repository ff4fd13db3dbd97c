import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/inpod/sessions`; a relative XDG_STATE_HOME doesn't count, as its specification says. */
export function sessionsFolder(environment: Environment, home: string): string {
  return join(stateFolder(environment, home), 'sessions');
}

/** `$XDG_STATE_HOME/inpod/agents`: keys of standing agents. */
export function agentsFolder(environment: Environment, home: string): string {
  return join(stateFolder(environment, home), 'agents');
}

/** `$XDG_STATE_HOME/inpod/playground`, there while this user has a playground. */
export function playgroundFolder(environment: Environment, home: string): string {
  return join(stateFolder(environment, home), 'playground');
}

function stateFolder(environment: Environment, home: string): string {
  const base = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(home, '.local', 'state'), 'inpod');
}

/** The log of one session. */
export function sessionLogPath(sessions: string, sessionId: string): string {
  return join(sessions, sessionId, 'log.jsonl');
}
