import { copyByView, type CopyBytes } from './copy-bytes.ts';

/** What the first write allocates. */
const firstBytes = 4096;
/** What all queues share that hold nothing. */
const noBytes = new Uint8Array(0);

/**
 * A queue of bytes in one circular array that grows, by doubling, to a limit: ten thousand idle connections then cost next to nothing.
 * In steady state it allocates nothing.
 */
export class RingBuffer {
  readonly limitBytes: number;
  readonly #copy: CopyBytes;
  #bytes: Uint8Array = noBytes;
  #head = 0;
  #length = 0;

  /** @param limitBytes - how much it holds at most, 1 or more */
  constructor(limitBytes: number, copy: CopyBytes = copyByView) {
    this.limitBytes = limitBytes;
    this.#copy = copy;
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.limitBytes - this.#length;
  }

  /** What it takes of memory. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Copies as much of `source`, from `from` on, as there is room for to the end. @returns the number of bytes taken */
  write(source: Uint8Array, from = 0): number {
    const count = Math.min(source.length - from, this.room);
    if (count === 0) return 0;
    this.#growFor(this.#length + count);
    const size = this.#bytes.length;
    const tail = (this.#head + this.#length) % size;
    const first = Math.min(count, size - tail);
    this.#copy(this.#bytes, tail, source, from, from + first);
    if (first < count) this.#copy(this.#bytes, 0, source, from + first, from + count);
    this.#length += count;
    return count;
  }

  /** Copies `count` bytes, the first of them `offset` bytes after the head, to `target[at]`; they stay in the queue. */
  copyTo(target: Uint8Array, at: number, offset: number, count: number): void {
    if (count === 0) return;
    const size = this.#bytes.length;
    const from = (this.#head + offset) % size;
    const first = Math.min(count, size - from);
    this.#copy(target, at, this.#bytes, from, from + first);
    if (first < count) this.#copy(target, at + first, this.#bytes, 0, count - first);
  }

  /** Takes `count` bytes, at most `length`, off the head. */
  drop(count: number): void {
    this.#length -= count;
    this.#head = this.#length === 0 ? 0 : (this.#head + count) % this.#bytes.length;
  }

  /** Drops all, the memory too. */
  release(): void {
    this.#bytes = noBytes;
    this.#head = this.#length = 0;
  }

  #growFor(length: number): void {
    if (length <= this.#bytes.length) return;
    let size = Math.max(firstBytes, this.#bytes.length);
    while (size < length) size *= 2;
    const grown = new Uint8Array(Math.min(size, this.limitBytes));
    this.copyTo(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#head = 0;
  }
}
