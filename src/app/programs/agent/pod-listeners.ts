import { createServer, type Server, type Socket } from 'node:net';
import type { Connection, ServerChannel, TcpipBindInfo } from 'ssh2';
import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import { adoptSocket } from './adopt-socket.ts';
import { relayTcp } from './tcp-relay.ts';

/** What of a client's connection listeners need. */
export interface ListenersParts {
  readonly connection: Pick<Connection, 'forwardOut'>;
  readonly stream: (channel: ServerChannel) => ChannelStream;
  /** For the pod's log. */
  readonly log: (line: string) => void;
}

/** Connections that the kernel keeps for an agent that has no time; its own limit is 4096 (`somaxconn`). Node's 511 make it reset those of a burst. */
const backlog = 4096;

/** Addresses to bind for one that a client names (RFC 4254 §7.1); of the later ones a pod may lack the family. */
function bindAddresses(bindAddr: string): readonly [string, ...string[]] {
  if (bindAddr === '') return ['0.0.0.0', '::'];
  return bindAddr === 'localhost' ? ['127.0.0.1', '::1'] : [bindAddr];
}

/** Ports of the pod on which a client listens: each connection that comes becomes a `forwarded-tcpip` channel (RFC 4254 §7.2). */
export class PodListeners {
  readonly #parts: ListenersParts;
  readonly #servers = new Map<string, readonly Server[]>();

  constructor(parts: ListenersParts) {
    this.#parts = parts;
  }

  /** Binds all that `info` names. @throws (rejects) the kernel's error; nothing is bound then */
  async listen(info: TcpipBindInfo): Promise<void> {
    const [first, ...others] = bindAddresses(info.bindAddr);
    const servers = [await this.#bind(first, info)];
    for (const address of others) {
      const server = await this.#bind(address, info).catch((error: NodeJS.ErrnoException) => {
        if (lacksFamily(error)) return undefined;
        for (const bound of servers) bound.close();
        throw error;
      });
      if (server) servers.push(server);
    }
    this.#servers.set(keyOf(info), servers);
  }

  /** Accepts no more there; what was accepted goes on. */
  cancel(info: TcpipBindInfo): void {
    for (const server of this.#servers.get(keyOf(info)) ?? []) server.close();
    this.#servers.delete(keyOf(info));
  }

  close(): void {
    for (const servers of this.#servers.values()) for (const server of servers) server.close();
    this.#servers.clear();
  }

  #bind(host: string, info: TcpipBindInfo): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket, info));
      server.once('error', reject);
      server.listen({ host, port: info.bindPort, ipv6Only: host === '::', backlog }, () => resolve(server));
    });
  }

  #accept(socket: Socket, { bindAddr, bindPort }: TcpipBindInfo): void {
    const { connection, stream, log } = this.#parts;
    const early = (): void => void socket.destroy();
    socket.once('error', early);
    connection.forwardOut(bindAddr, bindPort, socket.remoteAddress ?? '', socket.remotePort ?? 0, (error, channel) => {
      socket.off('error', early);
      if (!error) return relayTcp(adoptSocket(socket), stream(channel));
      log(`a connection to port ${bindPort} was refused by the laptop: ${error.message}`);
      socket.resetAndDestroy();
    });
  }
}

function lacksFamily({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

function keyOf({ bindAddr, bindPort }: TcpipBindInfo): string {
  return `${bindAddr}:${bindPort}`;
}
