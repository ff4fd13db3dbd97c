import { createServer, type AddressInfo, type Server } from 'node:net';
import { serveSocks, type SocksServices } from '../../../domain/socks/serve-socks.ts';
import { adoptSocket } from './adopt-socket.ts';
import type { PodNames } from './pod-names.ts';
import { PodSocketChannel } from './pod-socket-channel.ts';
import { dialTcp } from './tcp-dial.ts';

/** A client that doesn't say what it wants for so long is cut. */
const limitMs = 30_000;

/** SOCKS5 on the pod's loopback, from the moment it is asked for: what comes through it is dialled from the pod. */
export class SocksServer {
  #server: Promise<Server> | undefined;
  readonly #channels = new Set<PodSocketChannel>();
  readonly #services: SocksServices;
  #isClosed = false;

  /** @param names - for who asks for an address or a name alone */
  constructor(names: Pick<PodNames, 'resolve' | 'resolvePtr'>) {
    this.#services = {
      dial: async (host, port, signal) => new PodSocketChannel(await dialTcp(host, port, signal)),
      resolve: (name) => names.resolve(name),
      resolvePtr: (address) => names.resolvePtr(address),
    };
  }

  /** @returns the port that it listens on @throws (rejects) the kernel's error */
  async port(): Promise<number> {
    this.#server ??= this.#listen();
    return ((await this.#server).address() as AddressInfo).port;
  }

  /** Ends the clients' connections with a reset. */
  close(): void {
    this.#isClosed = true;
    // One that could not listen has told so.
    this.#server?.then((server) => server.close(), () => undefined); // prettier-ignore
    for (const channel of this.#channels) channel.reset({ errno: 'ECONNABORTED', message: 'the link went away' });
  }

  #listen(): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
        this.#serve(new PodSocketChannel(adoptSocket(socket))),
      );
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  }

  #serve(channel: PodSocketChannel): void {
    if (this.#isClosed) return channel.reset({ errno: 'ECONNABORTED', message: 'the link went away' });
    this.#channels.add(channel);
    const [limit, gone] = [new AbortController(), new AbortController()];
    const timer = setTimeout(() => limit.abort(), limitMs);
    void serveSocks(channel, this.#services, { limit: limit.signal, gone }).finally(() => {
      clearTimeout(timer);
      this.#channels.delete(channel);
    });
  }
}
