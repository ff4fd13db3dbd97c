import { seqDistance } from './sequence-number.ts';

/** Blocks that are remembered. What is told of more is forgotten, and sent again. */
const maxBlocks = 256;
/** Blocks above a number, or full segments less one, that make it count as lost. */
const duplicateThreshold = 3;

/**
 * What of the data in flight the peer says that it has: disjoint blocks, in order, all above SND.UNA. From it follows what is lost, and how much is still on its way.
 * Advice only (RFC 2018 §8): nothing leaves the send queue for it, and a block that the acknowledgement reaches without passing it was taken back.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6675 | RFC 6675}, whose names these are
 */
export class SackScoreboard {
  /** HighRxt: one past what was sent again in this recovery. */
  highRxt = 0;
  /** Whether the one rescue retransmission of this recovery is still to come (RFC 6675 §4, NextSeg 4). */
  mayRescue = false;
  /** Pairs: first number, one past the last. Made by the first block: most connections never see one. */
  #edges = new Int32Array(0);
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Notes the block from `from` to before `end`. @returns whether it tells anything new */
  add(from: number, end: number): boolean {
    let first = 0;
    while (first < this.#count && seqDistance(this.#end(first), from) > 0) first++;
    let last = first;
    let start = from;
    let stop = end;
    // All that it touches becomes one.
    for (; last < this.#count && seqDistance(this.#start(last), end) >= 0; last++) {
      if (seqDistance(this.#start(last), start) > 0) start = this.#start(last);
      if (seqDistance(stop, this.#end(last)) > 0) stop = this.#end(last);
    }
    const known = last === first + 1 && this.#start(first) === start && this.#end(first) === stop;
    if (known || !this.#replace(first, last)) return false;
    this.#edges[2 * first] = start;
    this.#edges[2 * first + 1] = stop;
    return true;
  }

  /** Everything before `una` is acknowledged. */
  advance(una: number): void {
    let passed = 0;
    while (passed < this.#count && seqDistance(this.#start(passed), una) >= 0) passed++;
    if (passed === 0) return;
    this.#edges.copyWithin(0, 2 * passed, 2 * this.#count);
    this.#count -= passed;
  }

  clear(): void {
    this.#count = 0;
  }

  /** The first number at or after `seq` that the peer doesn't say it has. */
  nextHole(seq: number): number {
    for (let i = 0; i < this.#count && seqDistance(this.#start(i), seq) >= 0; i++) {
      if (seqDistance(seq, this.#end(i)) > 0) return this.#end(i);
    }
    return seq;
  }

  /** How many numbers from `seq` on, which isn't in a block, come before the next block; `Infinity` where there is none. */
  holeBytes(seq: number): number {
    for (let i = 0; i < this.#count; i++) {
      const distance = seqDistance(seq, this.#start(i));
      if (distance > 0) return distance;
    }
    return Infinity;
  }

  /** IsLost(): whether so much above `seq`, which isn't in a block, has arrived that it won't. */
  isLost(seq: number, mss: number): boolean {
    let bytes = 0;
    for (let i = this.#count - 1; i >= 0 && seqDistance(seq, this.#start(i)) > 0; i--) {
      bytes += seqDistance(this.#start(i), this.#end(i));
      if (this.#count - i >= duplicateThreshold || bytes > (duplicateThreshold - 1) * mss) return true;
    }
    return false;
  }

  /** What the peer has of the numbers before `seq`. */
  bytesBefore(seq: number): number {
    let bytes = 0;
    for (let i = 0; i < this.#count && seqDistance(this.#start(i), seq) > 0; i++) {
      bytes += Math.min(seqDistance(this.#start(i), seq), seqDistance(this.#start(i), this.#end(i)));
    }
    return bytes;
  }

  /** SetPipe(): how much of `una` to `max` is on its way, what was sent again counted twice unless its first copy is lost. */
  pipeBytes(una: number, max: number, mss: number): number {
    let bytes = 0;
    let from = una;
    for (let i = 0; i <= this.#count; i++) {
      const end = i < this.#count ? this.#start(i) : max;
      const length = seqDistance(from, end);
      if (!this.isLost(from, mss)) bytes += length;
      bytes += Math.max(0, Math.min(length, seqDistance(from, this.highRxt)));
      if (i < this.#count) from = this.#end(i);
    }
    return bytes;
  }

  /** One past the last number before `max` that the peer doesn't say it has. */
  lastHoleEnd(max: number): number {
    return this.#count > 0 && this.#end(this.#count - 1) === max ? this.#start(this.#count - 1) : max;
  }

  /** Notes that everything up to `seq` was sent again where it was missing. */
  sentAgainUpTo(seq: number): void {
    if (seqDistance(this.highRxt, seq) > 0) this.highRxt = seq;
  }

  /** A recovery begins. */
  beginRecovery(una: number): void {
    this.highRxt = una;
    this.mayRescue = true;
  }

  /** Makes the blocks from `first` to before `last` one. @returns false where there is no place for one more */
  #replace(first: number, last: number): boolean {
    const change = 1 - (last - first);
    if (this.#count + change > maxBlocks) return false;
    if (this.#edges.length === 0) this.#edges = new Int32Array(2 * maxBlocks);
    this.#edges.copyWithin(2 * (first + 1), 2 * last, 2 * this.#count);
    this.#count += change;
    return true;
  }

  #start(i: number): number {
    return this.#edges[2 * i] as number;
  }

  #end(i: number): number {
    return this.#edges[2 * i + 1] as number;
  }
}
