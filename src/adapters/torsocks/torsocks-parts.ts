import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { ProgramFilesPort } from '../../domain/ports/program-files-port.ts';
import type { ChildCommand, InheritedDescriptors, TunnelChild } from '../../domain/ports/tunnel-port.ts';

/** Runs one child and ends with it all that came of it, however this process ends. */
export interface Supervisor {
  /** An ancestor of the child and of all that came of it, orphans too. */
  readonly pid: number;
  /** @throws TunnelError `TUNNEL_LOST` */
  spawn(command: ChildCommand): Promise<TunnelChild>;
  /** As of a tunnel's lease. */
  readonly lost: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** What the backend is made of: other adapters' parts. */
export interface TorsocksParts {
  /** The user's PATH. */
  readonly searchPath: string | undefined;
  /** Where sessions keep their files, absolute. */
  readonly sessionsFolder: string;
  readonly supervise: (inherited: InheritedDescriptors, signal: AbortSignal) => Promise<Supervisor>;
  readonly network: Pick<HostNetworkPort, 'dial' | 'listen'>;
  readonly programs: ProgramFilesPort;
  /** TCP sockets on which a process or what came of it listens. */
  readonly listeningOf: (pid: number) => Promise<readonly Endpoint[]>;
  /** Joins an accepted connection with one that is dialled. */
  readonly relay: (accepted: ByteChannel, dial: (signal: AbortSignal) => Promise<ByteChannel>) => Promise<void>;
}
