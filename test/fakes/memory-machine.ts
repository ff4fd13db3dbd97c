import type { MachineUndoPort } from '../../src/domain/ports/machine-undo-port.ts';
import { machineChangeKey, type MachineChange } from '../../src/domain/session/machine-change.ts';

/** A machine as far as backends change it as a whole. */
export class MemoryMachine implements MachineUndoPort {
  /** In force, by their keys. */
  readonly changes = new Map<string, MachineChange>();
  /** Runs before each undoing: throw, or wait, there. */
  script: (change: MachineChange) => void | Promise<void> = () => undefined;
  undoCount = 0;

  async make(change: MachineChange): Promise<void> {
    this.changes.set(machineChangeKey(change), change);
  }

  async undo(change: MachineChange): Promise<void> {
    this.undoCount++;
    await this.script(change);
    this.changes.delete(machineChangeKey(change));
  }
}

/** As an sshuttle of a machine with nft makes it. */
export function rulesOf(port: number): MachineChange {
  return { kind: 'sshuttle-rules', method: 'nft', port, ipv6: true };
}
