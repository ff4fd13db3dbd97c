import type WebSocket from 'ws';
import type { ByteChannel, ByteSink, ChannelFailure } from '../../domain/byte-channel.ts';
import { InvariantError } from '../../domain/errors.ts';
import { deferred } from '../../domain/promises.ts';
import { dataFrames, PortForwardReader } from './port-forward-frames.ts';

/** After this much is under way to the socket, a writer waits. */
const roomBytes = 1_048_576;
/** Once it has sunk to this, the writer goes on: early enough that the socket never idles. */
const drainBytes = 262_144;

/** Normal closure, and closed without a code (RFC 6455 §7.4.1): the far side ended the stream. */
const orderlyCloseCodes = new Set([1000, 1005]);

/**
 * One port-forward stream as a ByteChannel. Backpressure both ways: reading by pausing the socket, writing by what the socket hasn't taken.
 * The protocol has no half-close: `end` closes the WebSocket once everything is sent, so what the far side sends after that is lost.
 */
export class PortForwardChannel implements ByteChannel {
  readonly #socket: WebSocket;
  readonly #reader = new PortForwardReader();
  readonly #first = deferred<void>();
  /** What came before `attach`. */
  #early: Uint8Array[] = [];
  #sink: ByteSink | undefined;
  #failure: ChannelFailure | undefined;
  #waiting = false;
  #ending = false;
  #closed = false;

  /** @param socket - open, or about to be; the channel owns it */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (frame) => this.#receive(frame));
    socket.on('close', (code) => this.#finish(code));
    // 'close' follows and tells the same, but for the cause.
    socket.on(
      'error',
      (error) => (this.#failure ??= { errno: 'EPIPE', message: `the connection to the API server was lost: ${error.message}` }),
    );
  }

  /** Resolves with the first data, for a far side that speaks first; rejects with the ChannelFailure of a stream that ended without any. */
  get firstData(): Promise<void> {
    return this.#first.promise;
  }

  attach(sink: ByteSink): void {
    if (this.#sink !== undefined) throw new InvariantError('a port-forward channel was attached twice');
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) sink.data(chunk);
    if (this.#closed) this.#tellEnd(sink);
    else this.#socket.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true;
    for (const frame of dataFrames(chunk)) this.#socket.send(frame, { binary: true }, () => this.#sent());
    this.#waiting = this.#socket.bufferedAmount >= roomBytes;
    return !this.#waiting;
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#socket.close(1000);
  }

  reset(failure: ChannelFailure): void {
    if (this.#closed) return;
    this.#failure = failure;
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #receive(frame: Uint8Array): void {
    const message = this.#reader.read(frame);
    if (message === undefined) return;
    if (message.channel === 'error') return this.reset(failureOf(Buffer.from(message.payload).toString('utf8')));
    if (this.#sink !== undefined) return this.#sink.data(message.payload);
    this.#early.push(message.payload);
    this.#socket.pause();
    this.#first.resolve();
  }

  #sent(): void {
    if (!this.#waiting || this.#closed || this.#socket.bufferedAmount > drainBytes) return;
    this.#waiting = false;
    this.#sink?.drained();
  }

  #finish(code: number): void {
    this.#closed = true;
    if (!orderlyCloseCodes.has(code) && !this.#ending)
      this.#failure ??= { errno: 'EPIPE', message: `the connection to the API server was lost (WebSocket code ${code})` };
    this.#first.reject(this.#failure ?? { errno: 'ECONNRESET', message: 'the stream was closed before any data came' });
    if (this.#sink !== undefined) this.#tellEnd(this.#sink);
  }

  #tellEnd(sink: ByteSink): void {
    if (this.#failure !== undefined) return sink.closed(this.#failure);
    sink.ended();
    sink.closed();
  }
}

/** What the kubelet says of a stream that failed: it quotes the errno's text, not its number. */
function failureOf(text: string): ChannelFailure {
  const message = text.trim();
  if (/connection refused/.test(message)) return { errno: 'ECONNREFUSED', message };
  return { errno: /timed out|timeout/.test(message) ? 'ETIMEDOUT' : 'ECONNRESET', message };
}
