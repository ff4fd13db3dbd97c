import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A process, as it is now. */
export interface ProcessView {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** When it started, in clock ticks since boot: with the pid, never the same twice. */
  readonly startTicks: string;
  /** What `/proc/PID/ns/net` and `.../mnt` link to; empty for another user's. */
  readonly namespaces: readonly string[];
}

/** All processes but for those that ended and weren't waited for. */
export function allProcesses(): readonly ProcessView[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (viewOf(Number(name)) ?? []) : []));
}

/** The descendants of a process, and itself. */
export function familyOf(pid: number): readonly ProcessView[] {
  const all = allProcesses();
  const grown = (pids: ReadonlySet<number>): ReadonlySet<number> => {
    const next = new Set([...pids, ...all.filter(({ parent }) => pids.has(parent)).map((one) => one.pid)]);
    return next.size === pids.size ? next : grown(next);
  };
  const family = grown(new Set([pid]));
  return all.filter((one) => family.has(one.pid));
}

function viewOf(pid: number): ProcessView | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent] = fields;
    if (state === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command, startTicks: fields[19] ?? '', namespaces: namespacesOf(pid) };
  } catch {
    return undefined; // it ended meanwhile
  }
}

function namespacesOf(pid: number): readonly string[] {
  try {
    return ['net', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  } catch {
    return []; // another user's
  }
}

/** Whether the process was started with this among its variables; not, where that can't be read. */
export function hasVariable({ pid }: ProcessView, assignment: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(assignment);
  } catch {
    return false;
  }
}
