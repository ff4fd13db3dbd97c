import type { ByteChannel } from '../../domain/byte-channel.ts';
import { HostError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type {
  ChildCommand,
  InheritedDescriptors,
  TunnelCapabilities,
  TunnelChild,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../domain/ports/tunnel-port.ts';
import type { Doorbell } from './doorbell.ts';
import { NativeFrameDevice } from './frame-device.ts';
import { ListeningSockets, socketTablesOf } from './listening-sockets.ts';
import { probeLauncher } from './launcher-probe.ts';
import { LauncherProcess } from './launcher-process.ts';
import { loadNativeLibrary, type NativeLibrary } from './native-library.ts';
import { PacketPath } from './packet-path.ts';

/** Compiled parts, absolute paths. */
export interface TunTunnelFiles {
  readonly launcher: string;
  readonly nativeLibrary: string;
}

/** How descriptors of sockets become channels: the laptop's sockets are another adapter's. */
export interface SocketMaker {
  /** Owns the descriptor of a connected socket. */
  connected(fd: number): ByteChannel;
  /** Owns the descriptor of a listening socket. */
  listening(fd: number, accept: AcceptChannel): Promise<Listener>;
}

/** With virtio headers a frame holds a whole 64 KiB segment; the kernel cuts and checksums, or rather doesn't need to. */
const mtuBytes = 65_520;

/** A network namespace of the child's own with a TUN in it, whose far side is the packet core. Linux only. */
export class TunTunnel implements TunnelPort {
  readonly name = 'tun';
  readonly capabilities: TunnelCapabilities = {
    udp: true,
    ipv6: true,
    refusedConnects: true,
    resets: true,
    unknownNames: true,
    rootless: true,
    isolated: true,
    staticPrograms: true,
    privateFiles: true,
    containedProcesses: true,
    ownLocalhost: true,
    routing: 'connections',
  };
  readonly #files: TunTunnelFiles;
  readonly #sockets: SocketMaker;
  readonly #device: 'best' | 'plain';
  #library: NativeLibrary | undefined;

  /** @param device - `best`: with virtio headers where the kernel has them; `plain`: without, as where it hasn't */
  constructor(files: TunTunnelFiles, sockets: SocketMaker, device: 'best' | 'plain' = 'best') {
    this.#files = files;
    this.#sockets = sockets;
    this.#device = device;
  }

  async probe(signal: AbortSignal): Promise<TunnelProbe> {
    const probing = probeLauncher(this.#files.launcher, signal);
    try {
      this.#loaded();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      await probing;
      return { usable: false, step: 'load the native library', errno: 'ENOENT', reason: error.message, hint: error.hint ?? '' };
    }
    return probing;
  }

  async open(options: TunnelOptions, inherited: InheritedDescriptors, signal: AbortSignal): Promise<TunnelLease> {
    const lost = lossSignal();
    const library = this.#loaded();
    const doorbell = library.openDoorbell(lost.fail);
    try {
      const { hostname, addresses, gateway, files } = options;
      const configuration = { hostname, addresses, gateway, mtuBytes, plainTun: this.#device === 'plain', ...files };
      const launcher = await LauncherProcess.open(
        { launcherPath: this.#files.launcher, library, doorbell, inherited, configuration },
        signal,
      );
      const device = new NativeFrameDevice(library, doorbell, launcher.facts.tunFd, tellRefusedOnce(options.warn));
      return new TunLease({ options, launcher, device, doorbell, lost, sockets: this.#sockets });
    } catch (error) {
      doorbell.close();
      throw error;
    }
  }

  /** Takes 60 ms once: best while something else is waited for. */
  #loaded(): NativeLibrary {
    this.#library ??= loadNativeLibrary(this.#files.nativeLibrary);
    return this.#library;
  }
}

/** Once: one such frame is seldom alone. */
function tellRefusedOnce(warn: TunnelOptions['warn']): () => void {
  let isTold = false;
  return () => {
    if (isTold) return;
    isTold = true;
    warn?.({
      code: 'TUNNEL_FAILED',
      message: "this machine's kernel refused a packet of the tunnel's: a connection may hang",
      hint: 'please report it, with what `--pcap FILE` saw of it',
    });
  };
}

/** Where failures of the tunnel's parts meet. */
interface LossSignal {
  readonly fail: (error: Error) => void;
  readonly failure: Promise<Error>;
}

function lossSignal(): LossSignal {
  let fail: (error: Error) => void = () => undefined;
  const failure = new Promise<Error>((resolve) => (fail = resolve));
  return { fail: (error) => fail(error), failure };
}

interface TunLeaseParts {
  readonly options: TunnelOptions;
  readonly launcher: LauncherProcess;
  readonly device: NativeFrameDevice;
  readonly doorbell: Doorbell;
  readonly lost: LossSignal;
  readonly sockets: SocketMaker;
}

class TunLease implements TunnelLease {
  readonly lost: Promise<Error | undefined>;
  readonly #parts: TunLeaseParts;
  readonly #path: PacketPath;
  readonly #listening: ListeningSockets;
  #closed: Promise<void> | undefined;

  constructor(parts: TunLeaseParts) {
    this.#parts = parts;
    const { options, launcher, device, lost } = parts;
    const { gateway, outbound, capture } = options;
    this.#path = new PacketPath({ device, facts: launcher.facts, gateway, outbound, capture, failed: lost.fail });
    this.#listening = new ListeningSockets(socketTablesOf(launcher.pid));
    this.lost = Promise.race([launcher.lost, lost.failure]);
  }

  spawn(command: ChildCommand): Promise<TunnelChild> {
    return this.#parts.launcher.spawn(command);
  }

  async connect({ address, port }: Endpoint): Promise<ByteChannel> {
    const { launcher, sockets } = this.#parts;
    return sockets.connected(await launcher.connect(address, port));
  }

  async listen({ address, port }: Endpoint, accept: AcceptChannel): Promise<Listener> {
    const { launcher, sockets } = this.#parts;
    return sockets.listening(await launcher.listen(address, port), accept);
  }

  listening(): Promise<readonly Endpoint[]> {
    return this.#listening.list();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The child first, so that nobody sees the network go. */
  async #close(): Promise<void> {
    const { launcher, doorbell } = this.#parts;
    try {
      await launcher.close();
    } finally {
      this.#path.close();
      doorbell.close();
    }
  }
}
