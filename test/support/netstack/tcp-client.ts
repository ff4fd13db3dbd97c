import { buildSegment, readSegment, type RawPacket, type RawSegment } from './raw-packet.ts';

/** How far `to` is after `from`, modulo 2^32. */
function after(from: number, to: number): number {
  return (to - from) | 0;
}

const rtoMs = 300;
const windowShift = 2;

/**
 * The simplest TCP that opens a connection, sends all it has, half-closes, and takes what comes: go-back-N, one timer, out-of-order dropped.
 * Written from the RFC without code of the stack, so that a mistake in one isn't one in both.
 */
export class TcpClient {
  readonly source: string;
  readonly destination: string;
  readonly mss: number;
  received: number[] = [];
  /** How much it takes before the program reads: shrink it to close the window. */
  windowBytes = 60_000;
  state: 'opening' | 'open' | 'done' | 'reset' = 'opening';
  ended = false;
  readonly #data: Uint8Array;
  readonly #port: number;
  readonly #iss = 0xffffff00;
  #una = 0;
  #nxt = 0;
  #rcvNxt = 0;
  #peerWindow = 0;
  #peerShift = 0;
  #timerAt = 0;
  #lingerUntil = Infinity;

  constructor(options: { version: 4 | 6; data: Uint8Array; port?: number; mss?: number }) {
    this.source = options.version === 4 ? '10.0.0.2' : 'fd00::2';
    this.destination = options.version === 4 ? '192.0.2.7' : '2001:db8::7';
    this.#data = options.data;
    this.#port = options.port ?? 40000;
    this.mss = options.mss ?? 1000;
  }

  get isOver(): boolean {
    return this.state === 'done' || this.state === 'reset';
  }

  /** When `tick` has something to do. */
  get timerAt(): number {
    return this.state === 'reset' ? Infinity : this.state === 'done' ? this.#lingerUntil : this.#timerAt;
  }

  /** Sends what is due at `now`. */
  tick(now: number): Uint8Array[] {
    if (this.isOver || now < this.#timerAt) return [];
    this.#timerAt = now + rtoMs;
    if (this.state === 'opening') return [this.#build({ flags: 'S', seq: this.#iss, options: Uint8Array.from([2, 4, this.mss >> 8, this.mss & 255, 1, 3, 3, windowShift]), window: this.windowBytes })]; // prettier-ignore
    this.#nxt = this.#una;
    return this.#sendMore(true);
  }

  arrives(packet: RawPacket, now: number): Uint8Array[] {
    if (packet.protocol !== 6 || this.state === 'reset') return [];
    const segment = readSegment(packet);
    if (segment.destinationPort !== this.#port) return [];
    if (segment.flags.includes('R')) return this.#resetArrives(segment);
    if (this.state === 'opening') return this.#synAckArrives(segment, now);
    if (segment.flags.includes('S')) return [this.#ack()];
    return this.#established(segment, now);
  }

  #established(segment: RawSegment, now: number): Uint8Array[] {
    const mustAck = this.#take(segment);
    this.#acknowledged(segment, now);
    if (this.#una === this.#data.length + 1 && this.ended && this.state === 'open') {
      this.state = 'done';
      this.#lingerUntil = Infinity;
    }
    const out = this.state === 'open' ? this.#sendMore(false) : [];
    return out.length === 0 && mustAck ? [this.#ack()] : out;
  }

  /** Resets the connection. */
  abort(): Uint8Array {
    this.state = 'reset';
    return this.#build({ flags: 'RA', seq: this.#sequence(this.#nxt), ack: this.#rcvNxt });
  }

  #resetArrives(segment: RawSegment): Uint8Array[] {
    if (this.state === 'opening' ? segment.ack === (this.#iss + 1) >>> 0 : segment.seq === this.#rcvNxt)
      this.state = 'reset'; // prettier-ignore
    else if (this.state !== 'opening') return [this.#ack()];
    return [];
  }

  #synAckArrives(segment: RawSegment, now: number): Uint8Array[] {
    if (segment.flags !== 'SA' || segment.ack !== (this.#iss + 1) >>> 0) return [];
    this.state = 'open';
    this.#rcvNxt = (segment.seq + 1) >>> 0;
    this.#peerWindow = segment.window;
    for (let i = 0; i < segment.options.length; i += segment.options[i] === 1 ? 1 : (segment.options[i + 1] ?? 1)) {
      if (segment.options[i] === 3) this.#peerShift = segment.options[i + 2] ?? 0;
    }
    this.#timerAt = now + rtoMs;
    const out = this.#sendMore(false);
    return out.length > 0 ? out : [this.#ack()];
  }

  /** @returns whether the segment must be acknowledged */
  #take(segment: RawSegment): boolean {
    const skip = after(segment.seq, this.#rcvNxt);
    const length = segment.payload.length + (segment.flags.includes('F') ? 1 : 0);
    if (skip === 0 || (skip > 0 && skip < length)) {
      const fresh = segment.payload.subarray(skip, skip + this.windowBytes);
      for (const byte of fresh) this.received.push(byte);
      this.#rcvNxt = (this.#rcvNxt + fresh.length) >>> 0;
      if (segment.flags.includes('F') && skip + fresh.length >= segment.payload.length) {
        this.ended = true;
        this.#rcvNxt = (this.#rcvNxt + 1) >>> 0;
      }
    }
    return length > 0 || skip !== 0;
  }

  #acknowledged(segment: RawSegment, now: number): void {
    const acked = after(this.#sequence(0), segment.ack);
    if (acked < this.#una || acked > this.#data.length + 1) return;
    if (acked > this.#una) this.#timerAt = now + rtoMs;
    this.#una = acked;
    this.#nxt = Math.max(this.#nxt, acked);
    this.#peerWindow = segment.window << this.#peerShift;
  }

  /** @param probe - send one byte even where the window is closed */
  #sendMore(probe: boolean): Uint8Array[] {
    const out: Uint8Array[] = [];
    const edge = this.#una + (probe ? Math.max(1, this.#peerWindow) : this.#peerWindow);
    while (this.#nxt < this.#data.length + 1 && this.#nxt < edge && out.length < 20) {
      const payload = this.#data.subarray(this.#nxt, Math.min(this.#nxt + this.mss, edge));
      const fin = this.#nxt + payload.length === this.#data.length && this.#nxt + payload.length < edge;
      out.push(this.#build({ flags: fin ? 'FA' : 'A', seq: this.#sequence(this.#nxt), ack: this.#rcvNxt, payload }));
      this.#nxt += payload.length + (fin ? 1 : 0);
    }
    // Also asks for the window: a lost update would else be waited for on both sides.
    if (out.length === 0 && probe) out.push(this.#ack());
    return out;
  }

  #sequence(offset: number): number {
    return (this.#iss + 1 + offset) >>> 0;
  }

  #ack(): Uint8Array {
    return this.#build({ flags: 'A', seq: this.#sequence(this.#nxt), ack: this.#rcvNxt });
  }

  #build(segment: Partial<RawSegment>): Uint8Array {
    const window = segment.window ?? this.windowBytes >> windowShift;
    return buildSegment(this.source, this.destination, { ...segment, sourcePort: this.#port, destinationPort: 80, window });
  }
}
