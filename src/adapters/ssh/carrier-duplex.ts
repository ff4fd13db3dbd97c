import { Duplex } from 'node:stream';
import type { ByteChannel, ChannelFailure } from '../../domain/byte-channel.ts';
import { ErrnoError } from '../../domain/errno-error.ts';

type Done = (error?: Error | null) => void;

/**
 * A carrier's channel as the Duplex that ssh2 wants. ssh2 takes no notice of `write`'s result: whoever writes asks `writableLength` (TransportPressure).
 * What ssh2 writes in one turn (three parts for each SSH packet) goes to the carrier in one piece, since each piece may become a frame there.
 */
export class CarrierDuplex extends Duplex {
  readonly #channel: ByteChannel;
  #waitingForRoom: Done | undefined;
  #isCorked = false;
  #isClosed = false;
  /** How often bytes have arrived: a link on which this stands still is silent. */
  arrivals = 0;

  /** Attaches to `channel`, so call it in the turn in which the channel was received. */
  constructor(channel: ByteChannel) {
    super({ allowHalfOpen: false, readableHighWaterMark: 262_144, writableHighWaterMark: 262_144 });
    this.#channel = channel;
    // SSH has no half-open state: after the carrier's end nothing that is sent can be answered.
    this.once('end', () => this.destroy());
    channel.attach({
      data: (chunk) => this.#receive(chunk),
      ended: () => void this.push(null),
      drained: () => this.#releaseWriter(),
      closed: (failure) => this.#close(failure),
    });
  }

  override write(...args: unknown[]): boolean {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.uncork();
      });
    }
    return super.write(...(args as Parameters<Duplex['write']>));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#isClosed) this.#channel.reset({ errno: 'EPIPE', message: error?.message ?? 'the link was closed' });
    done(error);
  }

  #receive(chunk: Uint8Array): void {
    this.arrivals += 1;
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!this.push(buffer)) this.#channel.pause();
  }

  #send(chunk: Buffer, done: Done): void {
    if (this.#isClosed || this.#channel.write(chunk)) done();
    else this.#waitingForRoom = done;
  }

  #releaseWriter(): void {
    const done = this.#waitingForRoom;
    this.#waitingForRoom = undefined;
    done?.();
  }

  #close(failure: ChannelFailure | undefined): void {
    this.#isClosed = true;
    this.destroy(failure && new ErrnoError(failure.errno, failure.message));
  }
}
