import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DatagramChannel, DatagramSink, DialTarget } from '../../domain/ports/link-port.ts';

/** A connected UDP socket of this machine: only its peer's datagrams arrive, and a refusal is told. */
export class UdpChannel implements DatagramChannel {
  readonly #socket: Socket;
  #sink: DatagramSink | undefined;
  /** Datagrams sent before the socket was connected. */
  #waiting: Uint8Array[] | undefined = [];
  #closed = false;

  /** @param target - an address; nothing is resolved */
  constructor(target: DialTarget) {
    this.#socket = createSocket(isIPv6(target.host) ? 'udp6' : 'udp4');
    this.#socket.on('message', (payload) => this.#sink?.datagram(payload));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.connect(target.port, target.host, () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const payload of waiting) this.send(payload);
    });
  }

  attach(sink: DatagramSink): void {
    this.#sink = sink;
  }

  send(payload: Uint8Array): void {
    if (this.#closed) return;
    if (this.#waiting) this.#waiting.push(payload);
    else this.#socket.send(payload, (error) => error && this.#fail(error));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    this.close();
    this.#sink?.failed(error.code ?? 'EIO');
  }
}
