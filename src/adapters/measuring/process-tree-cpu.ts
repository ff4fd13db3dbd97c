import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** One process, of proc_pid_stat(5). */
interface ProcessTimes {
  readonly parent: number;
  readonly cpuSeconds: number;
}

/**
 * CPU seconds so far of a process and all its descendants that still run.
 * @param except - a descendant that isn't counted, with all of its own
 * @returns `undefined` where there is no /proc
 */
export function processTreeCpu(root: number, except: number | undefined): number | undefined {
  const all = readProcesses();
  if (!all) return undefined;
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const sum = (pid: number): number =>
    pid === except ? 0 : (children.get(pid) ?? []).reduce((so, child) => so + sum(child), all.get(pid)?.cpuSeconds ?? 0);
  return sum(root);
}

function readProcesses(): ReadonlyMap<number, ProcessTimes> | undefined {
  if (process.platform !== 'linux') return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid) => {
      const times = readTimes(pid);
      return times ? [[Number(pid), times] as const] : [];
    }),
  );
}

/** @see {@link https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html | proc_pid_stat(5)} */
function readTimes(pid: string): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may have blanks and brackets; behind it comes the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
  } catch {
    return undefined; // it ended meanwhile
  }
}
