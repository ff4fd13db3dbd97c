import { SegmentAssembler } from '../buffer/segment-assembler.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';

/** Early segments that are kept, where twice as many full ones as the window holds would be fewer. */
const leastRanges = 256;

/**
 * The receive sequence variables and the window. In-order payload isn't kept here: it is delivered at once, and counts against the window until consumed.
 * The window's right edge never moves back (RFC 9293 §3.8.6.2.2 asks for that), save for the rounding of the shift, as in Linux.
 */
export class ReceiveQueue {
  /** RCV.NXT */
  nxt: number;
  readonly #capacityBytes: number;
  readonly #shift: number;
  readonly #assembler: SegmentAssembler;
  /** Right edge of the window as last announced. */
  #edge: number;
  /** Delivered, and not consumed yet. */
  #outstandingBytes = 0;
  /** Of the payload that was kept last. */
  #keptSeq = 0;
  #finSeq: number | undefined;
  /** By how much the edge must move for an update to be worth a segment. */
  readonly #stepBytes: number;

  /** @param nxt - one past the program's SYN. @param shift - of the windows announced after the SYN-ACK, 0 where the program offered no scaling */
  constructor(nxt: number, capacityBytes: number, shift: number, mss: number) {
    this.nxt = this.#edge = nxt;
    this.#shift = shift;
    this.#capacityBytes = Math.min(capacityBytes, 0xffff << shift);
    this.#assembler = new SegmentAssembler(Math.max(leastRanges, 2 * Math.ceil(this.#capacityBytes / mss)));
    this.#stepBytes = Math.max(1, Math.min(this.#capacityBytes >> 1, 2 * mss));
  }

  /** RCV.WND: what the program was told it may send. */
  get windowBytes(): number {
    return seqDistance(this.nxt, this.#edge);
  }

  /** Whether a segment of `length` numbers from `seq` on overlaps the window. @see RFC 9293 §3.10.7.4, first check */
  isAcceptable(seq: number, length: number): boolean {
    const from = seqDistance(this.nxt, seq);
    if (this.windowBytes === 0) return from === 0;
    if (from >= this.windowBytes) return false;
    return length === 0 ? from >= 0 : from + length > 0;
  }

  /** Whether `seq` is one past the last number that the program may send. */
  isAtEdge(seq: number): boolean {
    return seq === this.#edge;
  }

  /** The window field of the next segment; moves the edge if that is worth it. @param scaled - false in a SYN-ACK */
  announce(scaled: boolean): number {
    const shift = scaled ? this.#shift : 0;
    if (this.wantsUpdate) this.#edge = this.#openEdge();
    const field = Math.min(0xffff, this.windowBytes >> shift);
    if (!scaled) this.#edge = seqAdd(this.nxt, field);
    return field;
  }

  /** Whether the window could open by enough to tell the program (silly window avoidance, RFC 9293 §3.8.6.2.2). */
  get wantsUpdate(): boolean {
    return seqDistance(this.#edge, this.#openEdge()) >= this.#stepBytes;
  }

  /** Notes that `count` bytes were delivered. */
  delivered(count: number): void {
    this.nxt = seqAdd(this.nxt, count);
    this.#outstandingBytes += count;
  }

  /** Notes that the user is done with `count` bytes, at most what was delivered. */
  consumed(count: number): void {
    this.#outstandingBytes = Math.max(0, this.#outstandingBytes - Math.max(0, count));
  }

  /** Keeps a copy of payload that came too early. */
  keep(seq: number, bytes: Uint8Array): void {
    this.#keptSeq = seq;
    this.#assembler.insert(seq, bytes);
  }

  /** Kept payload whose turn has come. */
  takeKept(): Uint8Array | undefined {
    return this.#assembler.isEmpty ? undefined : this.#assembler.take(this.nxt);
  }

  /** Blocks of kept payload for a selective acknowledgement, the latest first (RFC 2018 §4). @returns pairs of edges */
  keptEdges(limitBlocks: number): number[] {
    return this.#assembler.edges(this.#keptSeq, limitBlocks);
  }

  get hasKept(): boolean {
    return !this.#assembler.isEmpty;
  }

  /** Payload that is kept. */
  get heldBytes(): number {
    return this.#assembler.heldBytes;
  }

  /** Notes where the program's FIN is. */
  finAt(seq: number): void {
    this.#finSeq ??= seq;
  }

  /** Passes the FIN, once, where all before it was delivered; also where a peer that knows no end sent more after it. @returns whether it did */
  takeFin(): boolean {
    if (this.#finSeq === undefined || seqDistance(this.#finSeq, this.nxt) < 0) return false;
    if (this.nxt === this.#finSeq) this.nxt = seqAdd(this.nxt, 1);
    this.#finSeq = undefined;
    // The FIN used a number of the window; with none left, the edge follows.
    if (this.windowBytes < 0) this.#edge = this.nxt;
    return true;
  }

  release(): void {
    this.#assembler.clear();
  }

  #openEdge(): number {
    return seqAdd(this.nxt, Math.max(0, this.#capacityBytes - this.#outstandingBytes));
  }
}
