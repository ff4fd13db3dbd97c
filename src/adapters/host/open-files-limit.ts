import { readFileSync } from 'node:fs';

/** RLIMIT_NOFILE of a process; `Infinity` for unlimited. */
export interface OpenFilesLimits {
  readonly soft: number;
  readonly hard: number;
}

/**
 * The soft limit that this process was started with. Node raises it to the hard one before any JavaScript runs and keeps no record; the caller's is
 * the same, unless it was changed for us alone, and who does that by `ulimit -n` or `prlimit` changes the hard one with it.
 * @returns `undefined` where nothing was raised, or where the caller's limits don't tell
 */
export function limitBeforeNode(own: OpenFilesLimits | undefined, caller: OpenFilesLimits | undefined): number | undefined {
  if (!own || !caller || own.hard !== caller.hard || own.soft !== own.hard) return undefined;
  return caller.soft < own.soft ? caller.soft : undefined;
}

/** The line `Max open files` of /proc/PID/limits (proc_pid_limits(5)). */
export function parseOpenFilesLimits(text: string): OpenFilesLimits | undefined {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text);
  return match ? { soft: limitOf(match[1]), hard: limitOf(match[2]) } : undefined;
}

/** As {@link limitBeforeNode}, of this process. To be called early: the caller may end. */
export function readOpenFilesLimit(): number | undefined {
  return limitBeforeNode(limitsOf('self'), limitsOf(process.ppid));
}

function limitOf(text = ''): number {
  return text === 'unlimited' ? Infinity : Number(text);
}

function limitsOf(pid: number | 'self'): OpenFilesLimits | undefined {
  try {
    return parseOpenFilesLimits(readFileSync(`/proc/${pid}/limits`, 'latin1'));
  } catch {
    return undefined; // no /proc, or not for us to read: then the limit stays as it is
  }
}
