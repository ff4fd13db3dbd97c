import type { JournalOwner } from './undo-journal.ts';

/** `elsewhere`: of another machine that shares the home directory, or of a container's processes (a session's own are such): nothing here can tell. */
export type OwnerState = 'running' | 'dead' | 'elsewhere';

/**
 * Whether the process that wrote a journal still runs. Process ids mean something in their own namespace alone, and a boot id on its own machine.
 * @param self - who asks
 * @param startTicks - of the process that has the owner's pid here; `undefined` where none has
 */
export function ownerState(owner: JournalOwner, self: JournalOwner, startTicks: string | undefined): OwnerState {
  if (owner.bootId !== self.bootId) return owner.machineId !== '' && owner.machineId === self.machineId ? 'dead' : 'elsewhere';
  if (owner.pidNamespace !== self.pidNamespace) return 'elsewhere';
  return owner.startTicks === startTicks ? 'running' : 'dead';
}
