import type { Socket } from 'node:net';
import type { ByteChannel, ByteSink, ChannelFailure } from '../../domain/byte-channel.ts';
import { toErrnoName } from '../../domain/errno-error.ts';

/**
 * A Unix socket as a {@link ByteChannel}. Such sockets know no reset: the far side sees the end of a channel that was reset here, and that it isn't read
 * any more when it writes. What goes through here is SSH, to which both are a lost connection.
 */
export class UnixChannel implements ByteChannel {
  readonly #socket: Socket;
  #sink: ByteSink | undefined;
  #failure: ChannelFailure | undefined;
  #wantsDrain = false;
  #isClosed = false;

  /**
   * @param socket - connected, with `allowHalfOpen`; owned by the channel from here on
   * @param first - what was read from it already
   */
  constructor(socket: Socket, first: Buffer) {
    this.#socket = socket.pause();
    if (first.length > 0) socket.unshift(first);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= { errno: toErrnoName(error.code), message: error.message };
    });
    socket.once('close', () => this.#close());
    if (socket.destroyed) this.#close();
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    if (this.#isClosed) return sink.closed(this.#failure);
    this.#socket.on('data', (chunk: Buffer) => {
      if (!this.#isClosed) sink.data(chunk);
    });
    this.#socket.on('end', () => {
      if (!this.#isClosed) sink.ended();
    });
    this.#socket.on('drain', () => this.#tellDrained(sink));
    this.#socket.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isClosed || this.#socket.writableEnded) return true;
    const hasRoom = this.#socket.write(chunk);
    this.#wantsDrain = !hasRoom;
    return hasRoom;
  }

  end(): void {
    if (!this.#isClosed) this.#socket.end();
  }

  reset(failure: ChannelFailure): void {
    if (this.#isClosed) return;
    this.#failure = failure;
    this.#socket.destroy();
    this.#close();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isClosed) this.#socket.resume();
  }

  #tellDrained(sink: ByteSink): void {
    if (!this.#wantsDrain || this.#isClosed) return;
    this.#wantsDrain = false;
    sink.drained();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sink?.closed(this.#failure);
  }
}
