import type { ProcessPort } from '../../src/domain/ports/process-port.ts';
import { ownerState, type OwnerState } from '../../src/domain/session/owner-state.ts';
import type { JournalOwner } from '../../src/domain/session/undo-journal.ts';

/** Processes that a test says are alive, and watchdogs that only count. */
export class FakeProcesses implements ProcessPort {
  readonly owner: JournalOwner = { pid: 4711, startTicks: '1234567', bootId: 'boot', machineId: 'machine', pidNamespace: 'pid:[1]' };
  readonly alive = new Set<number>();
  /** By session id: whether the watchdog was told that nothing is left. */
  readonly watchdogs = new Map<string, 'running' | 'released'>();
  /** Runs before each call: throw, or wait, there. */
  script: (call: 'self' | 'startWatchdog' | 'releaseWatchdog') => void | Promise<void> = () => undefined;

  async self(): Promise<JournalOwner> {
    await this.script('self');
    return this.owner;
  }

  async stateOf(owner: JournalOwner): Promise<OwnerState> {
    return ownerState(owner, this.owner, this.alive.has(owner.pid) ? owner.startTicks : undefined);
  }

  async startWatchdog(sessionId: string): Promise<{ release(): Promise<void> }> {
    await this.script('startWatchdog');
    this.watchdogs.set(sessionId, 'running');
    return {
      release: async () => {
        await this.script('releaseWatchdog');
        this.watchdogs.set(sessionId, 'released');
      },
    };
  }
}
