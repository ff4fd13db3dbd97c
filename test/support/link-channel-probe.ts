import { createHash } from 'node:crypto';
import type { ByteChannel, ChannelFailure } from '../../src/domain/byte-channel.ts';
import { deferred } from '../../src/domain/promises.ts';

/** Reads one channel and remembers what it was told; writes with regard to room. */
export class ChannelProbe {
  readonly channel: ByteChannel;
  readonly #hash = createHash('sha256');
  readonly #ended = deferred<void>();
  readonly #closed = deferred<ChannelFailure | undefined>();
  #chunks: Buffer[] | undefined;
  #drained = deferred<void>();
  #received = deferred<void>();
  receivedBytes = 0;
  isPaused = false;
  /** Chunks that came while paused; bytes already under way in the turn of the pause are allowed. */
  lateChunks = 0;
  /** Notifications in order, `data` once for a run of chunks. */
  readonly log: string[] = [];

  /** @param keep - whether bytes are kept for {@link text}; else only counted and hashed */
  constructor(channel: ByteChannel, keep = true) {
    this.channel = channel;
    this.#chunks = keep ? [] : undefined;
    channel.attach({
      data: (chunk) => this.#data(chunk),
      ended: () => {
        this.#note('ended');
        this.#ended.resolve();
      },
      drained: () => {
        this.#note('drained');
        this.#drained.resolve();
      },
      closed: (failure) => {
        this.#note(failure ? `closed ${failure.errno}` : 'closed');
        this.#closed.resolve(failure);
      },
    });
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get closed(): Promise<ChannelFailure | undefined> {
    return this.#closed.promise;
  }

  get text(): string {
    return Buffer.concat(this.#chunks ?? []).toString();
  }

  /** SHA-256 of all bytes so far, in hex; once. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** Waits until at least so many bytes came. */
  async received(bytes: number): Promise<void> {
    while (this.receivedBytes < bytes) {
      this.#received = deferred<void>();
      await this.#received.promise;
    }
  }

  /** Writes one piece after the other, waiting for room. */
  async writeAll(pieces: Iterable<Uint8Array>): Promise<void> {
    for (const piece of pieces) {
      this.#drained = deferred<void>();
      if (!this.channel.write(piece)) await Promise.race([this.#drained.promise, this.closed]);
    }
  }

  /** Waits for room after a `fill` that found none. */
  async drainedAgain(): Promise<void> {
    await this.#drained.promise;
    this.#drained = deferred<void>();
  }

  /** Writes until there is no room; @returns how many bytes were taken, at most `limitBytes` */
  fill(piece: () => Uint8Array, limitBytes: number): number {
    let written = 0;
    for (let room = true; room && written < limitBytes;) {
      const bytes = piece();
      written += bytes.length;
      room = this.channel.write(bytes);
    }
    return written;
  }

  pause(): void {
    this.isPaused = true;
    this.channel.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.channel.resume();
  }

  #data(chunk: Uint8Array): void {
    if (this.isPaused) this.lateChunks += 1;
    this.#note('data');
    this.#hash.update(chunk);
    this.receivedBytes += chunk.length;
    this.#chunks?.push(Buffer.from(chunk));
    this.#received.resolve();
  }

  #note(what: string): void {
    if (this.log.at(-1) !== what) this.log.push(what);
  }
}

/** Pseudo-random pieces that repeat for the same seed, each a fresh buffer: the channel takes ownership. */
export function* pseudoRandomPieces(totalBytes: number, pieceBytes: number, seed: number): Generator<Uint8Array> {
  let state = seed >>> 0;
  for (let left = totalBytes; left > 0; left -= pieceBytes) {
    const words = new Uint32Array(pieceBytes / 4);
    for (let i = 0; i < words.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words[i] = state;
    }
    yield new Uint8Array(words.buffer, 0, Math.min(left, pieceBytes));
  }
}

/** SHA-256 in hex of {@link pseudoRandomPieces}. */
export function digestOf(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
