import type { OwnerState } from '../session/owner-state.ts';
import type { JournalOwner } from '../session/undo-journal.ts';

/** What use cases need of the processes of this machine. */
export interface ProcessPort {
  /** Who this process is, in terms that outlive it. */
  self(): Promise<JournalOwner>;
  /** Whether the process that `owner` names still runs. */
  stateOf(owner: JournalOwner): Promise<OwnerState>;
  /**
   * Starts the detached process that repairs the session when this process dies without having done so.
   * @returns a lease: `release` tells it that nothing is left to repair, and waits for its end
   */
  startWatchdog(sessionId: string): Promise<{ release(): Promise<void> }>;
}
