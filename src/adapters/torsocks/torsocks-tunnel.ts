import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, HostError, InvariantError } from '../../domain/errors.ts';
import type { AcceptChannel } from '../../domain/ports/listener.ts';
import type {
  InheritedDescriptors,
  TunnelCapabilities,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../domain/ports/tunnel-port.ts';
import { torsocksConfiguration } from './torsocks-configuration.ts';
import { TorsocksLease } from './torsocks-lease.ts';
import { findTorsocks, type TorsocksLibrary } from './torsocks-library.ts';
import type { TorsocksParts } from './torsocks-parts.ts';

/** The real torsocks, loaded into the child, and a port of this machine that leads to the SOCKS server in the pod. Linux only. */
export class TorsocksTunnel implements TunnelPort {
  readonly name = 'torsocks';
  readonly capabilities: TunnelCapabilities = {
    udp: false,
    ipv6: false,
    refusedConnects: true,
    unknownNames: false,
    rootless: true,
    isolated: true,
    staticPrograms: false,
    privateFiles: false,
    containedProcesses: true,
    ownLocalhost: false,
    routes: false,
  };
  readonly #parts: TorsocksParts;
  #found: TorsocksLibrary | undefined;

  constructor(parts: TorsocksParts) {
    this.#parts = parts;
  }

  async probe(signal: AbortSignal): Promise<TunnelProbe> {
    let step = 'find torsocks';
    try {
      const { path } = await this.#library(signal);
      step = 'start the supervisor';
      const supervisor = await this.#parts.supervise([], signal);
      await supervisor.close();
      return { usable: true, notes: [path] };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return { usable: false, step, errno: 'ENOENT', reason: error.message, hint: error.hint ?? '' };
    }
  }

  async open(options: TunnelOptions, inherited: InheritedDescriptors, signal: AbortSignal): Promise<TunnelLease> {
    if (signal.aborted) throw new CancelledError('cancelled', signal.reason);
    const { network, relay, supervise } = this.#parts;
    const { pod } = options;
    if (!pod) throw new InvariantError('torsocks has no pod to lead to');
    const library = await this.#library(signal);
    const toPod: AcceptChannel = (channel) => void relay(channel, (gone) => pod.openSocks(gone));
    const listener = await network.listen('127.0.0.1', 0, toPod);
    const configurationFile = join(this.#parts.sessionsFolder, options.sessionId, 'torsocks.conf');
    const forget = async (): Promise<void> => {
      await listener.close();
      await rm(configurationFile, { force: true });
    };
    try {
      await this.#write(configurationFile, torsocksConfiguration(listener.port));
      const supervisor = await supervise(inherited, signal);
      return new TorsocksLease({ parts: this.#parts, supervisor, library, configurationFile, forget });
    } catch (error) {
      await forget();
      throw error;
    }
  }

  /** Asked once: it takes a shell. */
  async #library(signal: AbortSignal): Promise<TorsocksLibrary> {
    this.#found ??= await findTorsocks(this.#parts.searchPath, signal);
    return this.#found;
  }

  async #write(path: string, text: string): Promise<void> {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  }
}
