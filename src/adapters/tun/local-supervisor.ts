import type { ChildCommand, InheritedDescriptors, TunnelChild } from '../../domain/ports/tunnel-port.ts';
import { LauncherProcess } from './launcher-process.ts';
import { loadNativeLibrary } from './native-library.ts';
import type { TunTunnelFiles } from './tun-tunnel.ts';

/** The launcher without an environment of its own: it supervises a child where we are. */
export class LocalSupervisor {
  /** As of a tunnel's lease. */
  readonly lost: Promise<Error | undefined>;
  readonly #launcher: LauncherProcess;
  readonly #closeDoorbell: () => void;

  /** @throws HostError `BINARY_MISSING`; CancelledError */
  static async open(files: TunTunnelFiles, inherited: InheritedDescriptors, signal: AbortSignal): Promise<LocalSupervisor> {
    let fail: (error: Error) => void = () => undefined;
    const failed = new Promise<Error>((resolve) => (fail = resolve));
    const library = loadNativeLibrary(files.nativeLibrary);
    const doorbell = library.openDoorbell((error) => fail(error));
    try {
      const launcher = await LauncherProcess.open({ launcherPath: files.launcher, library, doorbell, inherited }, signal);
      return new LocalSupervisor(launcher, failed, () => doorbell.close());
    } catch (error) {
      doorbell.close();
      throw error;
    }
  }

  private constructor(launcher: LauncherProcess, failed: Promise<Error>, closeDoorbell: () => void) {
    this.#launcher = launcher;
    this.#closeDoorbell = closeDoorbell;
    this.lost = Promise.race([launcher.lost, failed]);
  }

  get pid(): number {
    return this.#launcher.pid;
  }

  spawn(command: ChildCommand): Promise<TunnelChild> {
    return this.#launcher.spawn(command);
  }

  /** Ends the child and all that came of it. */
  async close(): Promise<void> {
    try {
      await this.#launcher.close();
    } finally {
      this.#closeDoorbell();
    }
  }
}
