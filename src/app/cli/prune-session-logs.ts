import { readdirSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sessionLogPath } from './state-paths.ts';

/** Which logs of ended sessions stay. */
export interface LogKeeping {
  /** As many as are kept, newest first. */
  readonly most: number;
  /** Since the last line, in milliseconds. */
  readonly longestMs: number;
  /** A log that was written to more recently may be a session's that has no journal yet. */
  readonly restMs: number;
}

export const logKeeping: LogKeeping = { most: 50, longestMs: 14 * 86_400_000, restMs: 3_600_000 };

/** What only a session that was killed leaves beside its log. */
const leftOver: readonly string[] = ['torsocks.conf', 'ssh-key', 'known-hosts'];

interface StoredLog {
  readonly folder: string;
  readonly path: string;
  readonly writtenMs: number;
}

/**
 * Removes logs of sessions that ended, beyond what is kept. A session that lives, or has something to undo, has a journal beside its log and is left alone,
 * as is a folder that holds anything else. What can't be removed stays: it is nobody's trouble, and the next run tries again.
 * @param sessions - the sessions' folder @param nowMs - wall time, as files' times are
 */
export function pruneSessionLogs(sessions: string, nowMs: number, keeping: LogKeeping = logKeeping): void {
  const ended = endedLogs(sessions).toSorted((one, other) => other.writtenMs - one.writtenMs);
  for (const [place, { folder, path, writtenMs }] of ended.entries()) {
    const ageMs = nowMs - writtenMs;
    const isSurplus = place >= keeping.most || ageMs > keeping.longestMs;
    if (isSurplus && ageMs > keeping.restMs) remove(folder, path);
  }
}

/** Folders that hold a log, and nothing else that anybody needs. */
function endedLogs(sessions: string): readonly StoredLog[] {
  return attempt(() => readdirSync(sessions), []).flatMap((id) => {
    const folder = join(sessions, id);
    const path = sessionLogPath(sessions, id);
    return attempt(() => {
      const names = readdirSync(folder);
      const hasOnlyOurs = names.every((name) => join(folder, name) === path || leftOver.includes(name));
      return hasOnlyOurs && names.length > 0 ? [{ folder, path, writtenMs: statSync(path).mtimeMs }] : [];
    }, []);
  });
}

/** The folder goes only where it is empty by then: what came meanwhile is another's. */
function remove(folder: string, path: string): void {
  attempt(() => {
    for (const name of leftOver) rmSync(join(folder, name), { force: true });
    rmSync(path);
    rmdirSync(folder);
  }, undefined);
}

/** Another run may prune at the same time, and another user's folders aren't ours to read. */
function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
