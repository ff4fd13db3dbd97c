import type { CopyBytes } from '../buffer/copy-bytes.ts';
import { RingBuffer } from '../buffer/ring-buffer.ts';
import type { PayloadSource } from '../frame-writer.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';

/**
 * The send sequence variables and the bytes behind them, from the first unacknowledged one on. SYN and FIN take one number each.
 * |  acknowledged  | una: in flight | nxt: to send, or again | max: never sent | end: FIN |
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.3.1 | RFC 9293 §3.3.1}
 */
export class SendQueue implements PayloadSource {
  /** SND.UNA: the oldest number not acknowledged. */
  una: number;
  /** SND.NXT: what is sent next. After a time-out it goes back to `una`. */
  nxt: number;
  /** The largest that SND.NXT ever was. */
  max: number;
  /** SND.WND in bytes, and the largest that it ever was. */
  wnd = 0;
  maxWnd = 0;
  finQueued = false;
  readonly #bytes: RingBuffer;
  /** Sequence number of the ring's head. */
  #dataAt: number;
  #windowSeq = 0;
  #windowAck: number;

  /** @param iss - initial sequence number, which is the SYN's own */
  constructor(iss: number, limitBytes: number, copy?: CopyBytes) {
    this.una = this.nxt = this.max = this.#windowAck = iss;
    this.#dataAt = seqAdd(iss, 1);
    this.#bytes = new RingBuffer(limitBytes, copy);
  }

  /** The number after the last byte of data: the FIN's own. */
  get end(): number {
    return seqAdd(this.#dataAt, this.#bytes.length);
  }

  get flightBytes(): number {
    return seqDistance(this.una, this.nxt);
  }

  get room(): number {
    return this.finQueued ? 0 : this.#bytes.room;
  }

  get limitBytes(): number {
    return this.#bytes.limitBytes;
  }

  /** What it takes of memory. */
  get heldBytes(): number {
    return this.#bytes.heldBytes;
  }

  /** Data, or a FIN, that SND.NXT has yet to pass. */
  get hasUnsent(): boolean {
    const waiting = seqDistance(this.nxt, this.end);
    return waiting > 0 || (waiting === 0 && this.finQueued);
  }

  get finAcknowledged(): boolean {
    return this.finQueued && seqDistance(this.end, this.una) > 0;
  }

  /** Takes as much as there is room for, from `from` on. @returns the number of bytes taken */
  write(bytes: Uint8Array, from = 0): number {
    return this.finQueued ? 0 : this.#bytes.write(bytes, from);
  }

  copyPayload(target: Uint8Array, at: number, seq: number, count: number): void {
    this.#bytes.copyTo(target, at, seqDistance(this.#dataAt, seq), count);
  }

  /** Whether `ack` acknowledges something new that was sent. */
  acknowledgesNew(ack: number): boolean {
    return seqDistance(this.una, ack) > 0 && seqDistance(ack, this.max) >= 0;
  }

  /** Takes off what `ack` acknowledges. @returns how many sequence numbers that is */
  acknowledge(ack: number): number {
    const count = seqDistance(this.una, ack);
    const dataBytes = Math.min(Math.max(0, seqDistance(this.#dataAt, ack)), this.#bytes.length);
    this.#bytes.drop(dataBytes);
    this.#dataAt = seqAdd(this.#dataAt, dataBytes);
    this.una = ack;
    if (seqDistance(this.nxt, ack) > 0) this.nxt = ack;
    return count;
  }

  /** Takes the window of a segment unless it is older than the one known (SND.WL1, SND.WL2). @returns whether it changed */
  updateWindow(seq: number, ack: number, windowBytes: number): boolean {
    const newer = seqDistance(this.#windowSeq, seq);
    if (newer < 0 || (newer === 0 && seqDistance(this.#windowAck, ack) < 0)) return false;
    const changed = windowBytes !== this.wnd;
    this.setWindow(seq, ack, windowBytes);
    return changed;
  }

  setWindow(seq: number, ack: number, windowBytes: number): void {
    this.#windowSeq = seq;
    this.#windowAck = ack;
    this.wnd = windowBytes;
    if (windowBytes > this.maxWnd) this.maxWnd = windowBytes;
  }

  /** Notes that everything up to `seq` was sent. */
  sentUpTo(seq: number): void {
    this.nxt = seq;
    if (seqDistance(this.max, seq) > 0) this.max = seq;
  }

  release(): void {
    this.#bytes.release();
  }
}
