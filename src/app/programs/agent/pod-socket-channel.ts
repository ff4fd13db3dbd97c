import type { Socket } from 'node:net';
import type { ByteChannel, ByteSink, ChannelFailure } from '../../../domain/byte-channel.ts';
import { errnoOfSocketCode } from '../../../domain/protocol/dial-refusal.ts';
import { isResetBehindEnd } from '../../../domain/reset-behind-end.ts';
import { countTraffic } from './garbage-limit.ts';
import type { DialledSocket } from './tcp-dial.ts';

/** A socket of the pod as a {@link ByteChannel}: an end is a FIN, a reset a RST. */
export class PodSocketChannel implements ByteChannel {
  readonly #socket: Socket;
  readonly #sharesBuffer: boolean;
  #sink: ByteSink | undefined;
  #isPaused = false;
  #failure: ChannelFailure | undefined;
  #isClosed = false;

  /** @param dialled - received in this turn; owned by the channel from here on */
  constructor({ socket, sink, sharesBuffer }: DialledSocket) {
    this.#socket = socket;
    this.#sharesBuffer = sharesBuffer;
    sink.read = (chunk) => this.#read(chunk);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= { errno: errnoOfSocketCode(error.code), message: error.message };
    });
    socket.once('close', () => this.#close());
    if (socket.destroyed) this.#close();
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    if (this.#isClosed) return sink.closed(this.#failure);
    this.#socket.on('end', () => {
      if (this.#isClosed) return;
      if (isResetBehindEnd(this.#socket)) this.reset({ errno: 'ECONNRESET', message: 'connection reset by the peer' });
      else sink.ended();
    });
    this.#socket.on('drain', () => {
      if (!this.#isClosed) sink.drained();
    });
    if (!this.#isPaused) this.#socket.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isClosed || this.#socket.writableEnded) return true;
    return this.#socket.write(chunk);
  }

  end(): void {
    if (!this.#isClosed) this.#socket.end();
  }

  reset(failure: ChannelFailure): void {
    if (this.#isClosed) return;
    this.#failure = failure;
    resetSocket(this.#socket);
    this.#close();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isClosed) this.#socket.resume();
  }

  /** @returns whether to go on reading */
  #read(chunk: Uint8Array): boolean {
    if (this.#isClosed) return true;
    countTraffic(chunk.length);
    this.#sink?.data(this.#sharesBuffer ? Uint8Array.from(chunk) : chunk);
    return !this.#isPaused;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sink?.closed(this.#failure);
  }
}

/** Ends both directions with a RST. libuv can't reset while a half-close waits for bytes to leave: then the socket is just closed. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
