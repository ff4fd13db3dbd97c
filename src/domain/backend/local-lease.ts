import type { ByteChannel } from '../byte-channel.ts';
import { ErrnoError } from '../errno-error.ts';
import { TunnelError } from '../errors.ts';
import type { Endpoint } from '../netstack/address/endpoint.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';
import type { HostNetworkPort } from '../ports/host-network-port.ts';
import type { DialTarget } from '../ports/link-port.ts';
import type { AcceptChannel, Listener } from '../ports/listener.ts';
import type { ChildCommand, InheritedDescriptors, TunnelChild, TunnelLease } from '../ports/tunnel-port.ts';

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

/** What of this machine a child needs that runs in its network. */
export interface LocalMachine {
  readonly supervise: (inherited: InheritedDescriptors, signal: AbortSignal) => Promise<Supervisor>;
  readonly network: Pick<HostNetworkPort, 'dial' | 'listen' | 'routes'>;
  readonly connect: (target: DialTarget) => Promise<ByteChannel>;
  /** TCP sockets on which a process or what came of it listens. */
  readonly listeningOf: (pid: number) => Promise<readonly Endpoint[]>;
}

/** What a lease holds. */
export interface LocalLeaseParts {
  readonly machine: Pick<LocalMachine, 'network' | 'connect' | 'listeningOf'>;
  readonly supervisor: Supervisor;
  /** What the backend makes of the command. @throws HostError `PROGRAM_NOT_HOOKABLE` */
  readonly prepare: (command: ChildCommand) => Promise<ChildCommand>;
  /** The backend's own loss, beside the supervisor's; never rejects. */
  readonly lost: Promise<Error | undefined>;
  /** Gives back what the backend made, when the child has ended. */
  readonly end: () => Promise<void>;
}

/** A child in the network of this machine, for backends that make none of their own. */
export class LocalLease implements TunnelLease {
  readonly lost: Promise<Error | undefined>;
  readonly #parts: LocalLeaseParts;
  readonly #listeners = new Map<Listener, Endpoint>();
  #closed: Promise<void> | undefined;

  constructor(parts: LocalLeaseParts) {
    this.#parts = parts;
    this.lost = Promise.race([parts.supervisor.lost, parts.lost]);
  }

  async spawn(command: ChildCommand): Promise<TunnelChild> {
    if (this.#closed) throw gone();
    return this.#parts.supervisor.spawn(await this.#parts.prepare(command));
  }

  async connect({ address, port }: Endpoint): Promise<ByteChannel> {
    if (this.#closed) throw gone();
    const isListening = (await this.listening()).some((one) => one.port === port && leadsTo(one.address, address));
    // What else of this machine listens there is none of the session's.
    if (!address.isLoopback() || !isListening)
      throw new ErrnoError('ECONNREFUSED', `the command doesn't listen on ${address.toString()}:${port}`);
    return this.#parts.machine.connect({ host: address.toString(), port });
  }

  async listen({ address, port }: Endpoint, accept: AcceptChannel): Promise<Listener> {
    if (this.#closed) throw gone();
    const listener = await this.#parts.machine.network.listen(address.toString(), port, accept);
    this.#listeners.set(listener, { address, port: listener.port });
    return {
      port: listener.port,
      close: () => {
        this.#listeners.delete(listener);
        return listener.close();
      },
    };
  }

  async listening(): Promise<readonly Endpoint[]> {
    if (this.#closed) return [];
    const { machine, supervisor } = this.#parts;
    return [...(await machine.listeningOf(supervisor.pid)), ...this.#listeners.values()];
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The child first, so that nobody sees the network go. */
  async #close(): Promise<void> {
    try {
      await this.#parts.supervisor.close();
    } finally {
      await Promise.all([...this.#listeners.keys()].map((listener) => listener.close()));
      await this.#parts.end();
    }
  }
}

/** Whether a socket that listens on `bound` takes what comes to `address`; one of `::` takes IPv4 too, as Linux has it. */
function leadsTo(bound: IpAddress, address: IpAddress): boolean {
  return bound.equals(address) || (bound.bytes.every((byte) => byte === 0) && (bound.version === 6 || address.version === 4));
}

function gone(): TunnelError {
  return new TunnelError({ code: 'TUNNEL_LOST', message: 'the tunnel is closed' });
}
