import type { Client, ClientChannel, TcpConnectionDetails } from 'ssh2';
import { ErrnoError } from '../../domain/errno-error.ts';
import type { PodPortScope } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { ChannelStream } from '../../domain/protocol/channel-stream.ts';

/** What a scope is called in `tcpip-forward` (RFC 4254 §7.1). */
const bindAddresses: Readonly<Record<PodPortScope, string>> = { pod: '', loopback: 'localhost' };

/** Ports of the pod on which this side listens, through one SSH connection. */
export class PodPorts {
  readonly #client: Client;
  readonly #accepting = new Map<string, AcceptChannel>();

  /** @param stream - makes a channel of ours, in the turn in which ssh2 hands it over */
  constructor(client: Client, stream: (channel: ClientChannel) => ChannelStream) {
    this.#client = client;
    client.on('tcp connection', (details, accept, reject) => {
      const accepting = this.#accepting.get(keyOf(details));
      if (accepting) accepting(stream(accept()));
      else reject();
    });
  }

  /** @throws ErrnoError `EADDRINUSE` where the agent refused; whatever ssh2 throws where the connection is gone */
  listen(scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener> {
    const bindAddress = bindAddresses[scope];
    const key = keyOf({ destIP: bindAddress, destPort: port });
    return new Promise((resolve, reject) => {
      // Connections may come in the same turn as the answer.
      this.#accepting.set(key, accept);
      this.#client.forwardIn(bindAddress, port, (error) => {
        if (!error) return resolve({ port, close: () => this.#close(bindAddress, port) });
        this.#accepting.delete(key);
        reject(new ErrnoError('EADDRINUSE', `listen on port ${port} of the pod: refused; perhaps another container has it`));
      });
    });
  }

  /** A connection that is gone has closed it already. */
  #close(bindAddress: string, port: number): Promise<void> {
    if (!this.#accepting.delete(keyOf({ destIP: bindAddress, destPort: port }))) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#client.off('close', done);
        resolve();
      };
      this.#client.once('close', done);
      try {
        this.#client.unforwardIn(bindAddress, port, done);
      } catch {
        done();
      }
    });
  }
}

function keyOf({ destIP, destPort }: Pick<TcpConnectionDetails, 'destIP' | 'destPort'>): string {
  return `${destIP}:${destPort}`;
}
