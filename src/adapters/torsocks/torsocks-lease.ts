import { examineHooking } from '../../domain/backend/hookability.ts';
import { programRefusal } from '../../domain/backend/program-refusal.ts';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import { TunnelError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { ChildCommand, TunnelChild, TunnelLease } from '../../domain/ports/tunnel-port.ts';
import { variableOf } from '../../domain/session/byte-environment.ts';
import { torsocksEnvironment } from './torsocks-environment.ts';
import type { TorsocksLibrary } from './torsocks-library.ts';
import type { Supervisor, TorsocksParts } from './torsocks-parts.ts';

/** What a lease holds. */
interface LeaseParts {
  readonly parts: Pick<TorsocksParts, 'network' | 'programs' | 'listeningOf'>;
  readonly supervisor: Supervisor;
  readonly library: TorsocksLibrary;
  readonly configurationFile: string;
  /** Closes the port to the pod, and removes the configuration. */
  readonly forget: () => Promise<void>;
}

const never = new AbortController().signal;

/** A child with torsocks in it, in the network of this machine. */
export class TorsocksLease implements TunnelLease {
  readonly lost: Promise<Error | undefined>;
  readonly #parts: LeaseParts;
  readonly #listeners = new Map<Listener, Endpoint>();
  #closed: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.lost = parts.supervisor.lost;
  }

  async spawn(command: ChildCommand): Promise<TunnelChild> {
    const { parts, supervisor, library, configurationFile } = this.#parts;
    if (this.#closed) throw gone();
    const [name = ''] = command.argv;
    const searchPath = variableOf(command.environment, 'PATH');
    const verdict = await examineHooking(parts.programs, { name, searchPath, cwd: command.cwd, library: library.kind });
    if (!verdict.hookable) throw programRefusal(verdict.reason);
    const environment = torsocksEnvironment(command.environment, { library: library.path, configurationFile });
    return supervisor.spawn({ ...command, environment });
  }

  async connect({ address, port }: Endpoint): Promise<ByteChannel> {
    if (this.#closed) throw gone();
    const isListening = (await this.listening()).some((one) => one.port === port && leadsTo(one.address, address));
    // What else of this machine listens there is none of the session's.
    if (!address.isLoopback() || !isListening)
      throw new ErrnoError('ECONNREFUSED', `the command doesn't listen on ${address.toString()}:${port}`);
    return this.#parts.parts.network.dial({ host: address.toString(), port }, never);
  }

  async listen({ address, port }: Endpoint, accept: AcceptChannel): Promise<Listener> {
    if (this.#closed) throw gone();
    const listener = await this.#parts.parts.network.listen(address.toString(), port, accept);
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
    const { parts, supervisor } = this.#parts;
    return [...(await parts.listeningOf(supervisor.pid)), ...this.#listeners.values()];
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
      await this.#parts.forget();
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
