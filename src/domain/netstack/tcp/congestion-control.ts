import { seqDistance } from './sequence-number.ts';

/** Duplicate ACKs that mean a loss. */
const duplicateThreshold = 3;
/** Segments below which a loss doesn't bring the window: fewer in flight can't bring three duplicates, and each further loss would cost a time-out. */
const floorSegments = 10;

/**
 * How much may be in flight, and when a loss is inferred from duplicate ACKs. With a peer that acknowledges selectively only what is on its way counts, and what is lost is known;
 * with another one this is NewReno: each duplicate opens the window by a segment, each partial ACK tells of one more loss.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5681 | RFC 5681}, {@link https://www.rfc-editor.org/rfc/rfc6675#section-5 | RFC 6675 §5}, {@link https://www.rfc-editor.org/rfc/rfc6582 | RFC 6582}
 * Deviations: the initial window is as large as the send queue, and a loss leaves ten segments, as many as RFC 6928 begins with. The path is a queue in this machine's memory, shared with nobody, and the receiver's window governs it.
 */
export class CongestionControl {
  /** Whether the peer acknowledges selectively. */
  readonly isSelective: boolean;
  readonly #mss: number;
  readonly #limitBytes: number;
  readonly #floorBytes: number;
  #windowBytes: number;
  #threshold = Infinity;
  #duplicates = 0;
  #recoverSeq: number | undefined;
  /** What had been sent when the timer fired: until it is acknowledged, duplicates are answers to what is sent again, and tell of no loss (RFC 6582 §3.2, step 1). */
  #timedOutSeq: number | undefined;

  /** @param limitBytes - the initial window, and the largest */
  constructor(mss: number, limitBytes: number, isSelective: boolean) {
    this.isSelective = isSelective;
    this.#mss = mss;
    this.#limitBytes = Math.max(limitBytes, 2 * mss);
    this.#floorBytes = Math.min(this.#limitBytes, floorSegments * mss);
    this.#windowBytes = this.#limitBytes;
  }

  /** How much may be in flight; never less than one segment, so that it never stalls a connection by itself. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** RecoveryPoint: what must be acknowledged for the recovery that is under way to end. */
  get recoverSeq(): number | undefined {
    return this.#recoverSeq;
  }

  /** `ackedBytes`, 1 or more, were acknowledged up to `ack`. @returns whether the segment at `ack` is to be sent again (a partial ACK) */
  acknowledged(ack: number, ackedBytes: number): boolean {
    this.#duplicates = 0;
    if (this.#timedOutSeq !== undefined && seqDistance(this.#timedOutSeq, ack) >= 0) this.#timedOutSeq = undefined;
    if (this.#recoverSeq === undefined) {
      const slowStart = this.#windowBytes < this.#threshold;
      this.#grow(slowStart ? Math.min(ackedBytes, 2 * this.#mss) : Math.ceil((this.#mss * ackedBytes) / this.#windowBytes));
      return false;
    }
    if (seqDistance(this.#recoverSeq, ack) < 0) {
      if (this.isSelective) return false;
      this.#windowBytes = Math.max(this.#floorBytes, this.#windowBytes - ackedBytes + this.#mss);
      return true;
    }
    this.#recoverSeq = undefined;
    this.#windowBytes = Math.min(this.#limitBytes, this.#threshold);
    return false;
  }

  /**
   * @param nextSeq - one past the last byte sent. @param isLost - whether the first segment in flight is known to be lost
   * @returns whether it is to be sent again, and a recovery begins
   */
  duplicate(flightBytes: number, nextSeq: number, isLost: boolean): boolean {
    this.#duplicates++;
    if (this.#recoverSeq !== undefined) {
      if (!this.isSelective) this.#grow(this.#mss);
      return false;
    }
    if ((this.#duplicates < duplicateThreshold && !isLost) || this.#timedOutSeq !== undefined) return false;
    this.#halve(flightBytes);
    const departedBytes = this.isSelective ? 0 : duplicateThreshold * this.#mss;
    this.#windowBytes = Math.min(this.#limitBytes, this.#threshold + departedBytes);
    this.#recoverSeq = nextSeq;
    return true;
  }

  /** The retransmission timer fired: slow start from one segment. @param maxSeq - one past the last byte that was ever sent */
  timedOut(flightBytes: number, maxSeq: number): void {
    this.#halve(flightBytes);
    this.#windowBytes = this.#mss;
    this.#duplicates = 0;
    this.#recoverSeq = undefined;
    this.#timedOutSeq = maxSeq;
  }

  #halve(flightBytes: number): void {
    // Whole bytes: what is sent is counted by it.
    this.#threshold = Math.max(flightBytes >> 1, this.#floorBytes);
  }

  #grow(bytes: number): void {
    this.#windowBytes = Math.min(this.#limitBytes, this.#windowBytes + bytes);
  }
}
