import type { WebSocket } from 'ws';
import type { ByteChannel, ByteSink, ChannelFailure } from '../../domain/byte-channel.ts';
import { InvariantError } from '../../domain/errors.ts';
import { deferred } from '../../domain/promises.ts';
import { ChannelProtocol, channelProtocolName } from './channel-protocol.ts';
import type { PortForwardEvent, PortForwardProtocol } from './port-forward-protocol.ts';
import { SpdyProtocol, spdyProtocolName } from './spdy-protocol.ts';

/** What a client offers, best first. A server that doesn't know the first passes the list on to the kubelet, which takes the second. */
export const portForwardProtocols = [spdyProtocolName, channelProtocolName];

/** After this much is under way to the socket, a writer waits. */
const roomBytes = 1_048_576;
/** Once it has sunk to this, the writer goes on: early enough that the socket never idles. */
const drainBytes = 262_144;

/** Normal closure, and closed without a code (RFC 6455 §7.4.1): the far side ended the stream. */
const orderlyCloseCodes = new Set([1000, 1005]);

/**
 * One port-forward stream as a ByteChannel. Backpressure both ways: reading by pausing the socket, writing by what the socket hasn't taken.
 * Where the server agreed to a protocol without half-close, `end` closes the WebSocket once everything is sent, so what the far side sends after that is lost.
 */
export class PortForwardChannel implements ByteChannel {
  readonly #socket: WebSocket;
  #protocol: PortForwardProtocol | undefined;
  readonly #first = deferred<void>();
  #hasData = false;
  /** What came before `attach` or while paused. */
  readonly #queue: Uint8Array[] = [];
  #sink: ByteSink | undefined;
  #failure: ChannelFailure | undefined;
  #paused = true;
  #writerWaits = false;
  /** Each half's end, sent and come; then the WebSocket's. */
  #ending = false;
  #farEnded = false;
  #closed = false;
  #toldEnded = false;
  #toldClosed = false;

  /** @param socket - about to be opened, with the protocols of {@link portForwardProtocols}; the channel owns it */
  constructor(socket: WebSocket, port: number) {
    this.#socket = socket;
    socket.on('open', () => this.#open(socket.protocol === channelProtocolName ? new ChannelProtocol() : new SpdyProtocol(port)));
    // `nodebuffer`, ws's default binaryType: a message is one Buffer.
    socket.on('message', (message) => this.#opened.read(message as Buffer, this.#take));
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
    for (const message of this.#opened.dataMessages(chunk)) this.#send(message);
    this.#writerWaits = this.#socket.bufferedAmount >= roomBytes;
    return !this.#writerWaits;
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    const message = this.#opened.endMessage();
    if (message !== undefined) this.#send(message);
    if (message === undefined || this.#farEnded) this.#socket.close(1000);
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

  get #opened(): PortForwardProtocol {
    if (this.#protocol === undefined) throw new InvariantError('a port-forward channel was used before it was open');
    return this.#protocol;
  }

  #open(protocol: PortForwardProtocol): void {
    this.#protocol = protocol;
    for (const message of protocol.opening()) this.#send(message);
  }

  #send(message: Uint8Array): void {
    this.#socket.send(message, { binary: true }, () => this.#sent());
  }

  readonly #take = (event: PortForwardEvent): void => {
    switch (event.kind) {
      case 'data':
        return this.#takeData(event.bytes);
      case 'ended':
        this.#farEnded = true;
        if (this.#ending) this.#socket.close(1000);
        return this.#flush();
      case 'error':
        return this.reset(failureOf(event.text));
      case 'reply':
        return this.#send(event.message);
      default:
        return event satisfies never;
    }
  };

  #takeData(bytes: Uint8Array): void {
    if (!this.#hasData) this.#first.resolve();
    this.#hasData = true;
    if (!this.#paused && this.#queue.length === 0) return this.#sink?.data(bytes);
    this.#queue.push(bytes);
    this.#socket.pause();
  }

  #flush(): void {
    while (!this.#paused && this.#failure === undefined) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      this.#sink?.data(chunk);
    }
    this.#tellEnd();
    if (!this.#paused && !this.#closed) this.#socket.resume();
  }

  #sent(): void {
    if (!this.#writerWaits || this.#closed || this.#socket.bufferedAmount > drainBytes) return;
    this.#writerWaits = false;
    this.#sink?.drained();
  }

  #finish(code: number): void {
    this.#closed = true;
    const orderly = this.#ending || orderlyCloseCodes.has(code);
    if (orderly) this.#farEnded = true;
    else this.#failure ??= { errno: 'EPIPE', message: `the connection to the API server was lost (WebSocket code ${code})` };
    this.#first.reject(this.#failure ?? { errno: 'ECONNRESET', message: 'the stream was closed before any data came' });
    this.#tellEnd();
  }

  /** An end waits until all data was taken; a failure overtakes it. */
  #tellEnd(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#toldClosed || (this.#failure === undefined && this.#queue.length > 0)) return;
    if (this.#farEnded && !this.#toldEnded && this.#failure === undefined) {
      this.#toldEnded = true;
      sink.ended();
    }
    if (!this.#closed) return;
    this.#toldClosed = true;
    this.#queue.length = 0;
    sink.closed(this.#failure);
  }
}

/** What the kubelet says of a stream that failed: it quotes the errno's text, not its number. */
function failureOf(text: string): ChannelFailure {
  const message = text.trim();
  if (/connection refused/.test(message)) return { errno: 'ECONNREFUSED', message };
  return { errno: /timed out|timeout/.test(message) ? 'ETIMEDOUT' : 'ECONNRESET', message };
}
