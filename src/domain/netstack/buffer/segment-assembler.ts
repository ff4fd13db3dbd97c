import { seqAdd, seqDistance } from '../tcp/sequence-number.ts';

interface Range {
  seq: number;
  bytes: Uint8Array;
}

/**
 * Payload that came out of order: copies, sorted and disjoint. What came first stays; of what comes later only the gaps are filled.
 * Bounded in ranges, each the copy of a part of one segment; in bytes the receive window bounds it. Beyond that it refuses, and the sender retransmits.
 */
export class SegmentAssembler {
  readonly #limitRanges: number;
  readonly #ranges: Range[] = [];

  constructor(limitRanges = 256) {
    this.#limitRanges = limitRanges;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Payload that is kept. */
  get heldBytes(): number {
    let count = 0;
    for (const { bytes } of this.#ranges) count += bytes.length;
    return count;
  }

  /** Copies (by constructor: a Buffer's `slice` is a view) what is new of `bytes`, whose first has sequence number `seq`. @returns false where not all could be kept */
  insert(seq: number, bytes: Uint8Array): boolean {
    let from = 0;
    for (let i = 0; i <= this.#ranges.length && from < bytes.length; i++) {
      const next = this.#ranges[i];
      const gapEnd = next ? Math.min(bytes.length, seqDistance(seq, next.seq)) : bytes.length;
      if (gapEnd > from) {
        if (this.#ranges.length >= this.#limitRanges) return false;
        this.#ranges.splice(i, 0, { seq: (seq + from) | 0, bytes: new Uint8Array(bytes.subarray(from, gapEnd)) });
        from = gapEnd;
      } else if (next) {
        from = Math.max(from, seqDistance(seq, next.seq) + next.bytes.length);
      }
    }
    return true;
  }

  /** Takes the bytes that follow on `seq`, and forgets what lies before it. @returns `undefined` where there is a gap, or nothing */
  take(seq: number): Uint8Array | undefined {
    for (let first = this.#ranges[0]; first; first = this.#ranges[0]) {
      const skip = seqDistance(first.seq, seq);
      if (skip < 0) return undefined;
      this.#ranges.shift();
      if (skip < first.bytes.length) return skip === 0 ? first.bytes : first.bytes.subarray(skip);
    }
    return undefined;
  }

  /**
   * The blocks of adjacent ranges, the one that `recentSeq` is in first.
   * @returns for each, at most `limitBlocks`, the sequence number of its first byte and the one after its last
   */
  edges(recentSeq: number, limitBlocks: number): number[] {
    const blocks: [number, number][] = [];
    for (const { seq, bytes } of this.#ranges) {
      const last = blocks.at(-1);
      const end = seqAdd(seq, bytes.length);
      if (last?.[1] === seq) last[1] = end;
      else blocks.push([seq, end]);
    }
    const recent = blocks.findIndex(([from, end]) => seqDistance(from, recentSeq) >= 0 && seqDistance(recentSeq, end) > 0);
    if (recent > 0) blocks.unshift(...blocks.splice(recent, 1));
    return blocks.slice(0, limitBlocks).flat();
  }

  clear(): void {
    this.#ranges.length = 0;
  }
}
