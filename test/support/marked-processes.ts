import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface MarkedProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** Processes that have a variable in their environment, by inheritance or of their own. @param variable - `NAME=VALUE` */
export function markedProcesses(variable: string): readonly MarkedProcess[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || !`\0${read(pid, 'environ')}`.includes(`\0${variable}\0`)) return [];
    const commandLine = read(pid, 'cmdline').replaceAll('\0', ' ').trim();
    return commandLine === '' ? [] : [{ pid: Number(pid), commandLine }];
  });
}

/** None of them sees that another ends: all are stopped first. */
export function killAtOnce(pids: readonly number[]): void {
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) process.kill(pid, signal);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended meanwhile
  }
}
