import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, readlink } from 'node:fs/promises';
import { HostError } from '../../domain/errors.ts';
import type { ProcessPort } from '../../domain/ports/process-port.ts';
import { ownerState, type OwnerState } from '../../domain/session/owner-state.ts';
import type { JournalOwner } from '../../domain/session/undo-journal.ts';

/** What a watchdog is told through its pipe when nothing is left to repair. */
export const watchdogDone = 'done\n';

/** This machine's processes, by /proc where there is one. */
export class HostProcesses implements ProcessPort {
  readonly #watchdogProgram: string;

  /** @param watchdogProgram - path of the watchdog's bundled JavaScript file */
  constructor(watchdogProgram: string) {
    this.#watchdogProgram = watchdogProgram;
  }

  async self(): Promise<JournalOwner> {
    const { pid } = process;
    const [ticks, boot, machineId, pidNamespace] = await Promise.all([
      startTicks(pid),
      bootId(),
      machineName(),
      readlink('/proc/self/ns/pid'),
    ]);
    return { pid, startTicks: ticks ?? '', bootId: boot, machineId, pidNamespace };
  }

  async stateOf(owner: JournalOwner): Promise<OwnerState> {
    const [self, ticks] = await Promise.all([this.self(), startTicks(owner.pid)]);
    return ownerState(owner, self, ticks);
  }

  async startWatchdog(sessionId: string): Promise<{ release(): Promise<void> }> {
    await access(this.#watchdogProgram).catch(unstartable);
    const watchdog = spawn(process.execPath, [this.#watchdogProgram, sessionId], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    await once(watchdog, 'spawn').catch(unstartable); // rejects with what `error` says
    watchdog.unref();
    return { release: () => releaseWatchdog(watchdog) };
  }
}

function unstartable(cause: unknown): never {
  throw new HostError({ code: 'BINARY_MISSING', message: 'the watchdog could not be started', hint: 'run `npm run build`', cause });
}

async function releaseWatchdog(watchdog: ChildProcess): Promise<void> {
  if (watchdog.exitCode !== null || watchdog.signalCode !== null) return;
  watchdog.ref();
  const exited = once(watchdog, 'exit');
  watchdog.stdin?.on('error', () => undefined); // it may be gone already: its exit says so
  watchdog.stdin?.end(watchdogDone);
  await exited;
}

/**
 * Field 22 of /proc/PID/stat; the command in field 2 may hold spaces and parentheses (proc_pid_stat(5)).
 * @returns `undefined` also for a process that ended and that nobody has waited for: it undoes nothing any more
 */
async function startTicks(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // no such process
  }
}

/** machine-id(5); empty where there is none, as in many containers. */
async function machineName(): Promise<string> {
  const text = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return text.trim();
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
