import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { examineHooking } from '../../domain/backend/hookability.ts';
import { LocalLease } from '../../domain/backend/local-lease.ts';
import { programRefusal } from '../../domain/backend/program-refusal.ts';
import { CancelledError, HostError, InvariantError } from '../../domain/errors.ts';
import type { AcceptChannel } from '../../domain/ports/listener.ts';
import type {
  ChildCommand,
  InheritedDescriptors,
  TunnelCapabilities,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../domain/ports/tunnel-port.ts';
import { variableOf } from '../../domain/session/byte-environment.ts';
import { torsocksConfiguration } from './torsocks-configuration.ts';
import { torsocksEnvironment } from './torsocks-environment.ts';
import { findTorsocks, type TorsocksLibrary } from './torsocks-library.ts';
import type { TorsocksParts } from './torsocks-parts.ts';

/** The real torsocks, loaded into the child, and a port of this machine that leads to the SOCKS server in the pod. Linux only. */
export class TorsocksTunnel implements TunnelPort {
  readonly name = 'torsocks';
  readonly capabilities: TunnelCapabilities = {
    udp: false,
    ipv6: false,
    refusedConnects: true,
    resets: true,
    unknownNames: false,
    rootless: true,
    isolated: true,
    staticPrograms: false,
    privateFiles: false,
    containedProcesses: true,
    ownLocalhost: false,
    routing: 'none',
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
    const { makeSessionFolder, network, relay, supervise } = this.#parts;
    const { pod } = options;
    if (!pod) throw new InvariantError('torsocks has no pod to lead to');
    const library = await this.#library(signal);
    const configurationFile = join(makeSessionFolder(options.sessionId), 'torsocks.conf');
    const toPod: AcceptChannel = (channel) => void relay(channel, (gone) => pod.openSocks(gone));
    const listener = await network.listen('127.0.0.1', 0, toPod);
    const forget = async (): Promise<void> => {
      await listener.close();
      await rm(configurationFile, { force: true });
    };
    try {
      await writeFile(configurationFile, torsocksConfiguration(listener.port), { mode: 0o600 });
      const supervisor = await supervise(inherited, signal);
      const prepare = (command: ChildCommand): Promise<ChildCommand> => this.#hooked(command, library, configurationFile);
      return new LocalLease({ machine: this.#parts, supervisor, prepare, lost: supervisor.lost, end: forget });
    } catch (error) {
      await forget();
      throw error;
    }
  }

  /** @throws HostError `PROGRAM_NOT_HOOKABLE` */
  async #hooked(command: ChildCommand, library: TorsocksLibrary, configurationFile: string): Promise<ChildCommand> {
    const [name = ''] = command.argv;
    const searchPath = variableOf(command.environment, 'PATH');
    const verdict = await examineHooking(this.#parts.programs, { name, searchPath, cwd: command.cwd, library: library.kind });
    if (!verdict.hookable) throw programRefusal(verdict.reason);
    return { ...command, environment: torsocksEnvironment(command.environment, { library: library.path, configurationFile }) };
  }

  /** Asked once: it takes a shell. */
  async #library(signal: AbortSignal): Promise<TorsocksLibrary> {
    this.#found ??= await findTorsocks(this.#parts.searchPath, signal);
    return this.#found;
  }
}
