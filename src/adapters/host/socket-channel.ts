import { setMaxListeners } from 'node:events';
import { connect, Socket } from 'node:net';
import type { ByteChannel, ByteSink, ChannelFailure } from '../../domain/byte-channel.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import { isResetBehindEnd } from '../../domain/reset-behind-end.ts';
import { errnoOfSocketCode } from '../../domain/protocol/dial-refusal.ts';

/** Ends both directions of a socket at once. */
type Reset = (socket: Socket) => void;

/**
 * A socket of this machine as a {@link ByteChannel}. Of TCP a reset is a RST, an end is a FIN.
 * After the peer's FIN Node no longer reads the socket, so that a RST that follows it is noticed by the next write only.
 */
export class SocketChannel implements ByteChannel {
  readonly #socket: Socket;
  #sink: ByteSink | undefined;
  readonly #reset: Reset;
  #failure: ChannelFailure | undefined;
  #isPaused = false;
  #wantsDrain = false;
  #isClosed = false;

  /** @param socket - connected, with `allowHalfOpen`, not yet reading; owned by the channel from here on */
  constructor(socket: Socket, reset: Reset = resetTcp) {
    this.#socket = socket;
    this.#reset = reset;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= { errno: errnoOfSocketCode(error.code), message: error.message };
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
      if (this.#isClosed) return;
      if (isResetBehindEnd(this.#socket)) this.reset({ errno: 'ECONNRESET', message: 'connection reset by the peer' });
      else sink.ended();
    });
    this.#socket.on('drain', () => this.#tellDrained(sink));
    if (!this.#isPaused) this.#socket.resume();
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
    this.#reset(this.#socket);
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

/**
 * Connects from this machine, with the kernel's own time-out.
 * @throws (rejects) ErrnoError as the kernel or the resolver said; the signal's reason
 */
export function connectSocket(host: string, port: number, signal: AbortSignal): Promise<ByteChannel> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', giveUp);
      reject(connectError(error, host, port));
    };
    setMaxListeners(0, signal); // Many dials may share one signal; Node would warn of a leak.
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp);
      socket.off('error', fail);
      resolve(new SocketChannel(socket));
    });
  });
}

/** @param fd - a connected socket, of whatever namespace; owned by the channel from here on */
export function channelOfDescriptor(fd: number): ByteChannel {
  return new SocketChannel(new Socket({ fd, allowHalfOpen: true }).setNoDelay(true));
}

/**
 * Unix sockets know no reset: the far side sees the end of a channel that was reset here, and that it isn't read any more when it writes.
 * @param socket - as of {@link SocketChannel}, but of a path; it may be paused, with bytes that were put back
 */
export function channelOfUnixSocket(socket: Socket): ByteChannel {
  return new SocketChannel(socket, (one) => one.destroy());
}

/** Of a name with several addresses the last one's failure counts. */
function connectError(error: Error, host: string, port: number): ErrnoError {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const code = last instanceof Error && 'code' in last ? String(last.code) : undefined;
  const text = last instanceof Error ? last.message : String(last);
  return new ErrnoError(errnoOfSocketCode(code), `connect to ${host.includes(':') ? `[${host}]` : host}:${port}: ${text}`, {
    cause: error,
  });
}

/** Ends both directions with a RST. libuv can't reset while a half-close waits for bytes to leave: then the socket is just closed. */
function resetTcp(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
