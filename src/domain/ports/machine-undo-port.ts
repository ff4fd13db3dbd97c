import type { MachineChange } from '../session/machine-change.ts';

/** Undoes what backends change of this machine as a whole, for whoever is left to do so. */
export interface MachineUndoPort {
  /**
   * Before: who made the change is gone, or about to go. After: nothing of it is left, unless who made it isn't gone yet, or another makes the same: it is theirs
   * then. Idempotent, and touches nothing else; never asks for a password.
   * @throws HostError `NOT_PERMITTED`, whose hint is the command to type; `BINARY_MISSING`
   */
  undo(change: MachineChange, signal: AbortSignal): Promise<void>;
}
