import type { ByteChannel, ByteSink, ChannelFailure } from '../byte-channel.ts';
import { concatBytes } from '../bytes.ts';
import { InvariantError } from '../errors.ts';
import { deferred, type Deferred } from '../promises.ts';
import type { SocksParse } from './socks-wire.ts';

/** The channel closed, or ended, or sent what makes no sense, before all was read. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Somebody who waits for a whole message. */
interface Reading {
  readonly parse: () => void;
  readonly fail: (error: UnreadableError) => void;
}

/**
 * A channel whose first bytes are read as messages, one after the other; then it is an ordinary one for whoever attaches, who gets what came behind them.
 * Between messages it is paused, so that a client can't fill memory with what nobody asked for.
 */
export class HeldChannel implements ByteChannel {
  readonly #channel: ByteChannel;
  #held: Uint8Array = new Uint8Array(0);
  #reading: Reading | undefined;
  #sink: ByteSink | undefined;
  #hasEnded = false;
  readonly #closed: Deferred<ChannelFailure | undefined> = deferred();
  #isClosed = false;
  #failure: ChannelFailure | undefined;

  /**
   * @param channel - received in this turn; attached here
   * @param onClosed - called when it is closed
   */
  constructor(channel: ByteChannel, onClosed: () => void) {
    this.#channel = channel;
    channel.attach({
      data: (chunk) => (this.#sink ? this.#sink.data(chunk) : this.#take(chunk)),
      ended: () => this.#end(),
      drained: () => this.#sink?.drained(),
      closed: (failure) => {
        this.#isClosed = true;
        this.#failure = failure;
        this.#unreadable('the channel closed');
        onClosed();
        this.#sink?.closed(failure);
        this.#closed.resolve(failure);
      },
    });
    channel.pause();
  }

  /** Settles when it is closed, by whomever. */
  get closed(): Promise<ChannelFailure | undefined> {
    return this.#closed.promise;
  }

  /** The next message; one at a time. @throws UnreadableError where none comes any more, or it is malformed */
  read<T>(parser: (bytes: Uint8Array) => SocksParse<T>): Promise<T> {
    if (this.#reading) throw new InvariantError('a held channel is read twice at once');
    const message = deferred<T>();
    this.#reading = { parse: () => this.#parse(parser, message), fail: message.reject };
    this.#reading.parse();
    if (this.#reading && (this.#hasEnded || this.#isClosed)) this.#unreadable('the channel ended');
    if (this.#reading) this.#channel.resume();
    return message.promise;
  }

  attach(sink: ByteSink): void {
    if (this.#sink) throw new InvariantError('a held channel was attached twice');
    this.#sink = sink;
    const rest = this.#held;
    this.#held = new Uint8Array(0);
    // First, since what takes the rest may pause again.
    if (!this.#isClosed) this.#channel.resume();
    if (rest.length > 0) sink.data(rest);
    if (this.#hasEnded) sink.ended();
    if (this.#isClosed) sink.closed(this.#failure);
  }

  write(chunk: Uint8Array): boolean {
    return this.#channel.write(chunk);
  }

  end(): void {
    this.#channel.end();
  }

  reset(failure: ChannelFailure): void {
    this.#channel.reset(failure);
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  #take(chunk: Uint8Array): void {
    this.#held = concatBytes([this.#held, chunk]);
    this.#reading?.parse();
  }

  #parse<T>(parser: (bytes: Uint8Array) => SocksParse<T>, message: Deferred<T>): void {
    const parsed = parser(this.#held);
    if (parsed === 'incomplete') return;
    if (parsed === 'malformed') return this.#unreadable('malformed');
    this.#held = this.#held.subarray(parsed.length);
    this.#reading = undefined;
    this.#channel.pause();
    message.resolve(parsed.value);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#unreadable('the channel ended');
    this.#sink?.ended();
  }

  #unreadable(why: string): void {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.fail(new UnreadableError(why));
  }
}
