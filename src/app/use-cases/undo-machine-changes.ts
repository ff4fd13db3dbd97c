import { AppError, HostError } from '../../domain/errors.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import type { OwnerState } from '../../domain/session/owner-state.ts';
import type { JournalOwner, Undo } from '../../domain/session/undo-journal.ts';

/** Where the changes of a session are: on this machine; on another one, or in a container; nowhere, since this machine was started anew. */
export type ChangesPlace = 'here' | 'elsewhere' | 'nowhere';

/** @param state - of the session's process */
export function changesPlace(state: OwnerState, owner: JournalOwner, self: JournalOwner): ChangesPlace {
  if (state === 'elsewhere') return 'elsewhere';
  return owner.bootId === self.bootId ? 'here' : 'nowhere';
}

/** The changes of this machine among what is to be undone. */
export function machineChangesOf(pending: readonly Undo[]): readonly MachineChange[] {
  return pending.flatMap((undo) => (undo.kind === 'undo-machine-change' ? [undo.change] : []));
}

/** @returns why some are left, if any: that doesn't stop what else there is to undo */
export async function undoMachineChanges(
  machine: MachineUndoPort,
  { changes, place }: { readonly changes: readonly MachineChange[]; readonly place: ChangesPlace },
  signal: AbortSignal,
): Promise<AppError | undefined> {
  let failure: AppError | undefined;
  for (const change of place === 'nowhere' ? [] : changes) {
    try {
      if (place === 'elsewhere') throw elsewhere(change);
      await machine.undo(change, signal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failure ??= error;
    }
  }
  return failure;
}

/** For people. */
export function describeUndone({ port }: MachineChange): string {
  return `took sshuttle's rules of port ${port} back`;
}

function elsewhere({ port }: MachineChange): HostError {
  return new HostError({
    code: 'NOT_PERMITTED',
    message: `sshuttle's rules of port ${port} can be taken back only where they were made`,
    hint: 'run "inpod restore" on that machine, or in that container',
  });
}
