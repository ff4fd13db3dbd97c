/** What the first write allocates. */
const firstBytes = 4096;
/** Up to here a loop is quicker than the view that a copy of a part needs, which is about 100 bytes of garbage. */
const fewBytes = 128;
/** What all queues share that hold nothing. */
const noBytes = new Uint8Array(0);

/**
 * A queue of bytes in one circular array that grows, by doubling, to a limit: ten thousand idle connections then cost next to nothing.
 * In steady state it allocates nothing.
 */
export class RingBuffer {
  readonly limitBytes: number;
  #bytes: Uint8Array = noBytes;
  #head = 0;
  #length = 0;

  /** @param limitBytes - how much it holds at most, 1 or more */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
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

  /** Copies as much of `source` as there is room for to the end. @returns the number of bytes taken */
  write(source: Uint8Array): number {
    const count = Math.min(source.length, this.room);
    if (count === 0) return 0;
    this.#growFor(this.#length + count);
    const size = this.#bytes.length;
    const tail = (this.#head + this.#length) % size;
    const first = Math.min(count, size - tail);
    this.#bytes.set(first === source.length ? source : source.subarray(0, first), tail);
    if (first < count) this.#bytes.set(source.subarray(first, count), 0);
    this.#length += count;
    return count;
  }

  /** Copies `count` bytes, the first of them `offset` bytes after the head, to `target[at]`; they stay in the queue. */
  copyTo(target: Uint8Array, at: number, offset: number, count: number): void {
    if (count === 0) return;
    const size = this.#bytes.length;
    const from = (this.#head + offset) % size;
    const first = Math.min(count, size - from);
    this.#copyPart(from, first, target, at);
    this.#copyPart(0, count - first, target, at + first);
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

  #copyPart(from: number, count: number, target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    if (count > fewBytes) target.set(bytes.subarray(from, from + count), at);
    else for (let i = 0; i < count; i++) target[at + i] = bytes[from + i] as number;
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
