import type { WebSocket } from 'ws';
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
  /** What came before `attach` or while paused. */
  readonly #queue: Uint8Array[] = [];
  #sink: ByteSink | undefined;
  #failure: ChannelFailure | undefined;
  #paused = true;
  #writerWaits = false;
  #ending = false;
  #closed = false;
  #told = false;

  /** @param socket - open, or about to be; the channel owns it */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    // `nodebuffer`, ws's default binaryType: a message is one Buffer.
    socket.on('message', (frame) => this.#receive(frame as Buffer));
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
    this.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true;
    for (const frame of dataFrames(chunk)) this.#socket.send(frame, { binary: true }, () => this.#sent());
    this.#writerWaits = this.#socket.bufferedAmount >= roomBytes;
    return !this.#writerWaits;
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
    this.#paused = true;
    this.#socket.pause();
  }

  /** What is queued comes in a later microtask, so that the caller is done first. */
  resume(): void {
    this.#paused = false;
    queueMicrotask(() => this.#flush());
  }

  #receive(frame: Uint8Array): void {
    const message = this.#reader.read(frame);
    if (message === undefined) return;
    if (message.channel === 'error') return this.reset(failureOf(Buffer.from(message.payload).toString('utf8')));
    this.#first.resolve();
    if (!this.#paused && this.#queue.length === 0) return this.#sink?.data(message.payload);
    this.#queue.push(message.payload);
    this.#socket.pause();
  }

  #flush(): void {
    while (!this.#paused && this.#failure === undefined) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      this.#sink?.data(chunk);
    }
    if (this.#closed) this.#tellEnd();
    else if (!this.#paused) this.#socket.resume();
  }

  #sent(): void {
    if (!this.#writerWaits || this.#closed || this.#socket.bufferedAmount > drainBytes) return;
    this.#writerWaits = false;
    this.#sink?.drained();
  }

  #finish(code: number): void {
    this.#closed = true;
    const orderly = this.#ending || orderlyCloseCodes.has(code);
    if (!orderly) this.#failure ??= { errno: 'EPIPE', message: `the connection to the API server was lost (WebSocket code ${code})` };
    this.#first.reject(this.#failure ?? { errno: 'ECONNRESET', message: 'the stream was closed before any data came' });
    this.#tellEnd();
  }

  /** An end waits until all data was taken; a failure overtakes it. */
  #tellEnd(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#told || (this.#failure === undefined && this.#queue.length > 0)) return;
    this.#told = true;
    this.#queue.length = 0;
    if (this.#failure === undefined) sink.ended();
    sink.closed(this.#failure);
  }
}

/** What the kubelet says of a stream that failed: it quotes the errno's text, not its number. */
function failureOf(text: string): ChannelFailure {
  const message = text.trim();
  if (/connection refused/.test(message)) return { errno: 'ECONNREFUSED', message };
  return { errno: /timed out|timeout/.test(message) ? 'ETIMEDOUT' : 'ECONNRESET', message };
}
