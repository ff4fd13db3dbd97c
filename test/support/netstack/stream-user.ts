import type { TcpStream, TcpStreamHandler } from '../../../src/domain/netstack/stack-events.ts';

/** Each user's bytes differ from the other's, and anywhere from those a segment earlier. */
const patternBytes = 1 << 20;
const patterns = [pattern(1), pattern(101)] as const;

function pattern(salt: number): Uint8Array {
  return new Uint8Array(patternBytes).map((_, i) => (i * 31 + (i >> 8) * 7 + (i >> 16) * 13 + salt) & 255);
}

export interface UserHabits {
  readonly sendBytes: number;
  /** `sent`: ends once all is written. `heard`: writes only after the other has ended (a half-close that is answered). */
  readonly endsWhen: 'sent' | 'heard';
  /** How much it takes at once, and how long it then waits; absent: all of it at once. */
  readonly reads?: { readonly bytes: number; readonly everyMs: number };
}

/** One end's user: writes its pattern, compares what comes with the other's, and remembers what it was told. */
export class StreamUser implements TcpStreamHandler {
  stream: TcpStream | undefined;
  receivedBytes = 0;
  isIntact = true;
  hasEnded = false;
  /** `clean`, or why not; once. */
  readonly closings: string[] = [];
  readonly #habits: UserHabits;
  readonly #ours: Uint8Array;
  readonly #theirs: Uint8Array;
  readonly #later: (ms: number, action: () => void) => void;
  #sentBytes = 0;
  #unreadBytes = 0;
  #isReading = false;

  /** @param side - whose pattern it writes. @param later - calls back after `ms` of virtual time */
  constructor(side: 0 | 1, habits: UserHabits, later: (ms: number, action: () => void) => void) {
    this.#ours = patterns[side];
    this.#theirs = patterns[1 - side] as Uint8Array;
    this.#habits = habits;
    this.#later = later;
  }

  get isOver(): boolean {
    return this.closings.length > 0;
  }

  /** To be called when the stream is there. */
  begin(stream: TcpStream | undefined): void {
    this.stream = stream;
    if (this.#habits.endsWhen === 'sent') this.writable();
  }

  data(delivered: Uint8Array, start: number, end: number): void {
    const bytes = delivered.subarray(start, end);
    for (let at = 0; at < bytes.length;) {
      const from = (this.receivedBytes + at) % patternBytes;
      const count = Math.min(bytes.length - at, patternBytes - from);
      if (Buffer.compare(bytes.subarray(at, at + count), this.#theirs.subarray(from, from + count)) !== 0) this.isIntact = false;
      at += count;
    }
    this.receivedBytes += bytes.length;
    this.#unreadBytes += bytes.length;
    if (!this.#habits.reads) this.#read(Infinity);
    else if (!this.#isReading) this.#readLater(this.#habits.reads);
  }

  ended(): void {
    this.hasEnded = true;
    if (this.#habits.endsWhen === 'heard') this.writable();
  }

  writable(): void {
    const { sendBytes } = this.#habits;
    while (this.#sentBytes < sendBytes) {
      const from = this.#sentBytes % patternBytes;
      const wanted = Math.min(sendBytes - this.#sentBytes, patternBytes - from);
      const taken = this.stream?.write(this.#ours.subarray(from, from + wanted)) ?? 0;
      this.#sentBytes += taken;
      if (taken < wanted) return;
    }
    this.stream?.end();
  }

  closed(failure = 'clean'): void {
    this.closings.push(failure);
  }

  #readLater(reads: { readonly bytes: number; readonly everyMs: number }): void {
    this.#isReading = true;
    this.#later(reads.everyMs, () => {
      this.#isReading = false;
      this.#read(reads.bytes);
      if (this.#unreadBytes > 0) this.#readLater(reads);
    });
  }

  #read(limit: number): void {
    const count = Math.min(limit, this.#unreadBytes);
    this.#unreadBytes -= count;
    this.stream?.consumed(count);
  }
}
