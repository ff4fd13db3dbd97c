/*
 * What the streams of a benchmark carry, both ways:
 *
 *   byte 0: 1 more blocks follow, 0 this is the last; bytes 1 to 65535: the pattern, the same in each block
 *
 * The end is told within the stream, since not every path that is measured carries a half-close.
 */

/** Of one block. */
export const blockBytes = 65_536;

/** The block to send again and again, and the one that ends a stream. */
export function makeBlock(kind: 'more' | 'last'): Uint8Array {
  const block = Uint8Array.from({ length: blockBytes }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
  block[0] = kind === 'more' ? 1 : 0;
  return block;
}

/** Compares every byte that comes with what must come. */
export class BlockReader {
  /** Of the stream so far. */
  receivedBytes = 0;
  readonly #pattern = makeBlock('more');
  readonly #equals: (a: Uint8Array, b: Uint8Array) => boolean;
  #isLast = false;

  /** @param equals - of two arrays of the same length: whoever has a quicker way than a loop brings it */
  constructor(equals: (a: Uint8Array, b: Uint8Array) => boolean) {
    this.#equals = equals;
  }

  /** @returns `ended` with the last byte of the last block; `wrong` for another byte than was sent, or for one behind the end */
  push(chunk: Uint8Array): 'more' | 'ended' | 'wrong' {
    for (let at = 0; at < chunk.length;) {
      const from = this.receivedBytes % blockBytes;
      if (from === 0) {
        const flag = chunk[at];
        if (this.#isLast || (flag !== 0 && flag !== 1)) return 'wrong';
        this.#isLast = flag === 0;
        this.receivedBytes++;
        at++;
        continue;
      }
      const length = Math.min(blockBytes - from, chunk.length - at);
      if (!this.#equals(chunk.subarray(at, at + length), this.#pattern.subarray(from, from + length))) return 'wrong';
      this.receivedBytes += length;
      at += length;
    }
    return this.#isLast && this.receivedBytes > 0 && this.receivedBytes % blockBytes === 0 ? 'ended' : 'more';
  }
}
