import { FileJournal } from '../../adapters/host/file-journal.ts';
import { repairerName } from '../../adapters/host/holder-name.ts';
import { watchdogDone } from '../../adapters/host/host-processes.ts';
import { listeningSockets } from '../../adapters/host/process-sockets.ts';
import { systemClock } from '../../adapters/host/system-clock.ts';
import { rulesOfThisMachine } from '../../adapters/sshuttle/sshuttle-rules.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { ClusterLocator } from '../../domain/ports/cluster/cluster-port.ts';
import type { LocatorContext } from './locator.ts';

/** What a watchdog works with. */
export interface WatchdogParts {
  readonly journals: FileJournal;
  readonly machine: MachineUndoPort;
  readonly clock: ClockPort;
  /** Who repairs: no two processes have the same. */
  readonly by: string;
  /** What the session says when nothing is left to undo. */
  readonly doneWord: string;
  /** Loads what it takes when it is asked, which it seldom is: a watchdog waits for most of its life. */
  readonly locator: ClusterLocator;
}

/** A watchdog needs no container: just these. */
export function watchdogParts(sessionsFolder: string, context: LocatorContext): WatchdogParts {
  return {
    journals: new FileJournal(sessionsFolder),
    machine: rulesOfThisMachine(context.environment, listeningSockets),
    clock: systemClock,
    by: repairerName(),
    doneWord: watchdogDone,
    locator: { locate: async (choice) => (await import('./locator.ts')).makeLocator(context).locate(choice) },
  };
}
