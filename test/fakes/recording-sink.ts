import type { ByteChannel, ByteSink, ChannelFailure } from '../../src/domain/byte-channel.ts';
import { deferred } from '../../src/domain/promises.ts';

/** A reader that keeps all it is told, and notes each breach of the order that {@link ByteSink} promises. */
export class RecordingSink implements ByteSink {
  readonly chunks: Uint8Array[] = [];
  readonly breaches: string[] = [];
  endSeen = false;
  drainedCount = 0;
  closedCount = 0;
  failure: ChannelFailure | undefined;
  readonly #ended = deferred<void>();
  readonly #closed = deferred<ChannelFailure | undefined>();

  /** Settles at the far side's end of stream. */
  readonly whenEnded = this.#ended.promise;
  readonly whenClosed = this.#closed.promise;

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  data(chunk: Uint8Array): void {
    this.#check('data');
    if (this.endSeen) this.breaches.push('data after ended');
    this.chunks.push(chunk);
  }

  ended(): void {
    this.#check('ended');
    if (this.endSeen) this.breaches.push('ended twice');
    this.endSeen = true;
    this.#ended.resolve();
  }

  drained(): void {
    this.#check('drained');
    this.drainedCount++;
  }

  closed(failure?: ChannelFailure): void {
    this.#check('closed');
    this.closedCount++;
    this.failure = failure;
    this.#ended.resolve();
    this.#closed.resolve(failure);
  }

  #check(what: string): void {
    if (this.closedCount > 0) this.breaches.push(`${what} after closed`);
  }
}

/** Attaches a recorder to `channel`. */
export function record(channel: ByteChannel): RecordingSink {
  const sink = new RecordingSink();
  channel.attach(sink);
  return sink;
}
