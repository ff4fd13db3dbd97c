import type { Socket } from 'node:net';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { maxLineBytes } from './playground-protocol.ts';

const newline = 0x0a;

/** How a Unix socket becomes a channel; it is paused, with `allowHalfOpen`, and owned by the channel. Sockets are another adapter's. */
export type SocketToChannel = (socket: Socket) => ByteChannel;

/** A socket that is read line by line, until it becomes a stream of bytes. */
export class LineSocket {
  readonly #socket: Socket;
  readonly #gone = new AbortController();
  #received: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  /** @param socket - connected, with `allowHalfOpen`, not yet reading; owned from here on */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', this.#end);
    socket.on('close', this.#end);
    socket.on('end', this.#end);
    socket.on('data', this.#receive);
  }

  /** Aborts when the other side ended, or the socket did. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** @returns without its newline; `undefined` where the other side ended before it was whole */
  async readLine(): Promise<string | undefined> {
    for (let searched = 0; ;) {
      const end = this.#received.indexOf(newline, searched);
      if (end >= 0) {
        const line = this.#received.toString('utf8', 0, end);
        this.#received = this.#received.subarray(end + 1);
        return line;
      }
      searched = this.#received.length;
      if (this.#gone.signal.aborted || searched > maxLineBytes) return undefined;
      await this.#more();
    }
  }

  /** Waits until the other side has sent something that was not read yet. @returns whether it did, before it ended */
  async hasBytes(): Promise<boolean> {
    while (this.#received.length === 0 && !this.#gone.signal.aborted) await this.#more();
    return this.#received.length > 0;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** The rest of the connection, from the first byte that was not read as a line. */
  takeOver(asChannel: SocketToChannel): ByteChannel {
    this.#socket.off('error', this.#end).off('close', this.#end).off('end', this.#end).off('data', this.#receive);
    this.#socket.pause();
    if (this.#received.length > 0) this.#socket.unshift(this.#received);
    return asChannel(this.#socket);
  }

  /** After what was written has left. */
  end(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  /** At once. Idempotent. */
  destroy(): void {
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  readonly #receive = (chunk: Buffer): void => {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    this.#wake();
  };

  readonly #end = (): void => {
    this.#gone.abort();
    this.#wake();
  };
}
