import { AppError, HostError } from '../../domain/errors.ts';
import type { SessionJournal } from '../../domain/ports/journal-port.ts';
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

/** What came of it. */
export interface UndoneChanges {
  /** For people. */
  readonly done: readonly string[];
  /** Why some are left: they don't stop what else there is to undo. */
  readonly failure: AppError | undefined;
}

/** The changes of this machine among what is to be undone. */
export function machineChangesOf(pending: readonly Undo[]): readonly MachineChange[] {
  return pending.flatMap((undo) => (undo.kind === 'undo-machine-change' ? [undo.change] : []));
}

/** Before all else that is to be undone: until then this machine's names may lead nowhere, those of the API server among them. */
export async function undoMachineChanges(
  machine: MachineUndoPort,
  journal: Pick<SessionJournal, 'append'>,
  { changes, place }: { readonly changes: readonly MachineChange[]; readonly place: ChangesPlace },
  signal: AbortSignal,
): Promise<UndoneChanges> {
  const done: string[] = [];
  let failure: AppError | undefined;
  for (const change of changes) {
    try {
      if (place === 'elsewhere') throw elsewhere(change);
      if (place === 'here') await machine.undo(change, signal);
      await journal.append({ kind: 'machine-change-undone', change });
      done.push(`took ${describeChange(change)} back`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failure ??= error;
    }
  }
  return { done, failure };
}

/** For people. */
function describeChange({ port }: MachineChange): string {
  return `sshuttle's rules of port ${port}`;
}

function elsewhere(change: MachineChange): HostError {
  return new HostError({
    code: 'NOT_PERMITTED',
    message: `${describeChange(change)} can be taken back only where they were made`,
    hint: 'run "inpod restore" on that machine, or in that container',
  });
}
