import type { ByteChannel, ByteSink, ChannelFailure } from './byte-channel.ts';
import { InvariantError } from './errors.ts';

/** A channel whose other side is still being dialled: paused, it keeps what came, and passes it on to whoever attaches. */
export class ParkedChannel implements ByteChannel {
  readonly #channel: ByteChannel;
  readonly #chunks: Uint8Array[] = [];
  #sink: ByteSink | undefined;
  #hasEnded = false;
  #closed: { readonly failure: ChannelFailure | undefined } | undefined;

  /**
   * @param channel - received in this turn; attached here
   * @param onClosed - called when the channel is closed: nobody waits for the other side any more
   */
  constructor(channel: ByteChannel, onClosed: () => void = () => undefined) {
    this.#channel = channel;
    channel.attach({
      data: (chunk) => (this.#sink ? this.#sink.data(chunk) : void this.#chunks.push(chunk)),
      ended: () => {
        this.#hasEnded = true;
        this.#sink?.ended();
      },
      drained: () => this.#sink?.drained(),
      closed: (failure) => {
        this.#closed = { failure };
        onClosed();
        this.#sink?.closed(failure);
      },
    });
    channel.pause();
  }

  /** In whichever turn; what came before is told at once. */
  attach(sink: ByteSink): void {
    if (this.#sink) throw new InvariantError('a parked channel was attached twice');
    this.#sink = sink;
    for (const chunk of this.#chunks.splice(0)) sink.data(chunk);
    if (this.#hasEnded) sink.ended();
    if (this.#closed) sink.closed(this.#closed.failure);
    else this.#channel.resume();
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
}
