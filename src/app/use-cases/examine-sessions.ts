import { findingOf, type Finding } from './finding.ts';
import { listLocalSessions, type LocalParts } from './local-sessions.ts';

/** Sessions of this machine that died without releasing everything: only said. */
export async function examineSessions(parts: LocalParts): Promise<readonly Finding[]> {
  const about = { area: 'sessions' as const, check: 'journals' };
  try {
    const sessions = await listLocalSessions(parts);
    const dead = sessions.filter(({ state }) => state === 'dead').map(({ sessionId }) => sessionId);
    if (dead.length === 0) return [{ ...about, verdict: 'fine', summary: 'no dead session of this machine' }];
    const summary = `${dead.length === 1 ? 'a session' : `${dead.length} sessions`} of this machine died: ${dead.join(', ')}`;
    return [{ ...about, verdict: 'notice', summary, fix: 'inpod restore (the next "inpod run" does the same)' }];
  } catch (error) {
    return [findingOf(error, { ...about, verdict: 'problem' })];
  }
}
