/**
 * Frames on a stream: each is its length in four bytes, big endian, the length itself not counted, then its body.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                            Length                             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                            Body ...
 */
const prefixBytes = 4;

/** One frame around `body`, which is copied. */
export function emitFrame(...body: readonly Uint8Array[]): Uint8Array {
  const length = body.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(prefixBytes + length);
  new DataView(frame.buffer).setUint32(0, length);
  let at = prefixBytes;
  for (const part of body) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

/** Cuts a stream that arrives in arbitrary chunks into bodies of frames. */
export class FrameSplitter {
  readonly #maxBodyBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #failed = false;

  /** @param maxBodyBytes - a longer frame ends the stream, so that a peer can't make us hold more */
  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * Takes ownership of `chunk`.
   * @returns the bodies that are complete now; `'too-long'` once a frame is announced that is longer than allowed, and from then on
   */
  feed(chunk: Uint8Array): readonly Uint8Array[] | 'too-long' {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    const bodies: Uint8Array[] = [];
    while (!this.#failed && this.#heldBytes >= prefixBytes) {
      const length = this.#peekLength();
      this.#failed = length > this.#maxBodyBytes;
      if (this.#failed || this.#heldBytes < prefixBytes + length) break;
      this.#take(prefixBytes);
      bodies.push(this.#take(length));
    }
    return this.#failed ? 'too-long' : bodies;
  }

  #peekLength(): number {
    const first = this.#chunks[0];
    if (first && first.length >= prefixBytes) return readLength(first);
    const prefix = this.#take(prefixBytes);
    this.#chunks.unshift(prefix);
    this.#heldBytes += prefixBytes;
    return readLength(prefix);
  }

  /** The first `count` held bytes: a view where one chunk has them all, else a copy. */
  #take(count: number): Uint8Array {
    this.#heldBytes -= count;
    const first = this.#chunks[0];
    if (first && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    if (first && first.length === count) return this.#chunks.shift() ?? first;
    return this.#gather(count);
  }

  #gather(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let at = 0;
    let used = 0;
    while (at < count) {
      const chunk = this.#chunks[used] ?? new Uint8Array(0);
      const part = chunk.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) used += 1;
      else this.#chunks[used] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, used);
    return taken;
  }
}

function readLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}
