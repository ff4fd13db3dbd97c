import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SocketChannel } from '../../src/adapters/host/socket-channel.ts';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { deferred, type Deferred } from '../../src/domain/promises.ts';
import { ChannelProbe } from './link-channel-probe.ts';

/** A TCP server of the loopback that matches each accepted connection to the dial that made it. */
export class PairServer {
  readonly #server: Server;
  readonly #accepted: (Deferred<ChannelProbe> & { readonly keep: boolean })[] = [];
  #dialling: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      const waiting = this.#accepted.shift();
      waiting?.resolve(new ChannelProbe(new SocketChannel(socket), waiting.keep));
    });
  }

  async listen(): Promise<void> {
    const listening = deferred<void>();
    this.#server.listen(0, '127.0.0.1', () => listening.resolve());
    await listening.promise;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** One dial after the other, so that the n-th accepted belongs to the n-th dialled. */
  connect(dial: () => Promise<ByteChannel>, keep = true): Promise<{ near: ChannelProbe; far: ChannelProbe }> {
    const pair = this.#dialling.then(async () => {
      const accepted = { ...deferred<ChannelProbe>(), keep };
      this.#accepted.push(accepted);
      const near = new ChannelProbe(await dial(), keep);
      return { near, far: await accepted.promise };
    });
    this.#dialling = pair;
    return pair;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
