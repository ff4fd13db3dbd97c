import type { Endpoint } from '../../src/domain/netstack/address/endpoint.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { PendingTcp, RefusalReason, TcpStream, TcpStreamHandler, UdpFlow } from '../../src/domain/netstack/stack-events.ts';

const program: Endpoint = { address: ip('10.244.3.17'), port: 40_000 };
/** Where flows go unless a test says otherwise. */
export const flowTarget: Endpoint = { address: ip('10.96.7.7'), port: 80 };

/** A local program's SYN, and what became of it. */
export class FakePendingTcp implements PendingTcp {
  readonly source = program;
  readonly destination: Endpoint;
  onAbandoned: (() => void) | undefined;
  stream: FakeTcpStream | undefined;
  refusal: RefusalReason | undefined;
  #isAbandoned = false;
  readonly #limits: StreamLimits;

  constructor(limits: Partial<StreamLimits> = {}, destination = flowTarget) {
    this.#limits = { roomBytes: 65_536, windowBytes: 65_536, ...limits };
    this.destination = destination;
  }

  accept(handler: TcpStreamHandler): TcpStream | undefined {
    if (this.refusal || this.stream) throw new Error('answered twice');
    if (this.#isAbandoned) return undefined;
    this.stream = new FakeTcpStream(handler, this.#limits, this.destination);
    return this.stream;
  }

  refuse(reason: RefusalReason): void {
    if (this.refusal || this.stream) throw new Error('answered twice');
    this.refusal = reason;
  }

  /** The program gives up before an answer. */
  abandon(): void {
    this.#isAbandoned = true;
    this.onAbandoned?.();
  }

  /** The connection, where it was accepted. */
  get accepted(): FakeTcpStream {
    if (!this.stream) throw new Error(`not accepted: ${this.refusal ?? 'no answer yet'}`);
    return this.stream;
  }
}

interface StreamLimits {
  /** So many bytes the stack keeps for a program that doesn't read. */
  readonly roomBytes: number;
  /** Receive window: so many bytes the program may send that weren't consumed. */
  readonly windowBytes: number;
}

/** An accepted connection, with the local program's end in a test's hands. */
export class FakeTcpStream implements TcpStream {
  readonly source = program;
  readonly destination: Endpoint;
  readonly #handler: TcpStreamHandler;
  readonly #limits: StreamLimits;
  /** What the program has read. */
  readonly #read: Uint8Array[] = [];
  /** Taken by the stack, not read by the program. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #writerWaits = false;
  #unconsumed = 0;
  #programEnded = false;
  endCount = 0;
  isReset = false;
  #isClosed = false;

  constructor(handler: TcpStreamHandler, limits: StreamLimits, destination: Endpoint) {
    this.#handler = handler;
    this.#limits = limits;
    this.destination = destination;
  }

  /** Both directions ended: nothing of the window matters any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(bytes: Uint8Array, from = 0): number {
    if (this.endCount > 0) throw new Error('written after the end');
    const taken = Math.min(bytes.length - from, this.#limits.roomBytes - this.#keptBytes);
    if (taken > 0) this.#kept.push(bytes.slice(from, from + taken));
    this.#keptBytes += taken;
    this.#writerWaits = taken < bytes.length - from;
    return taken;
  }

  consumed(byteCount: number): void {
    this.#unconsumed -= byteCount;
    if (this.#unconsumed < 0) throw new Error('more consumed than delivered');
  }

  end(): void {
    this.endCount++;
    this.#closeIfBothEnded();
  }

  reset(): void {
    this.isReset = true;
    this.#isClosed = true;
  }

  /** Bytes that the program may send now. */
  get window(): number {
    return this.#limits.windowBytes - this.#unconsumed;
  }

  get received(): Uint8Array {
    return Buffer.concat(this.#read);
  }

  /** The program saw the end of stream: all before it was read. */
  get endSeen(): boolean {
    return this.endCount > 0 && this.#keptBytes === 0;
  }

  /** Sends as much of `bytes` as the window allows, out of a buffer that is overwritten afterwards. @returns the number of bytes sent */
  programSends(bytes: Uint8Array): number {
    const sent = Math.min(bytes.length, this.window);
    if (this.#isClosed || sent <= 0) return 0;
    this.#unconsumed += sent;
    fromBatch(bytes.subarray(0, sent), (...part) => this.#handler.data(...part));
    return sent;
  }

  programEnds(): void {
    if (this.#programEnded || this.#isClosed) return;
    this.#programEnded = true;
    this.#handler.ended();
    this.#closeIfBothEnded();
  }

  programFails(failure: 'reset' | 'timed-out'): void {
    this.#isClosed = true;
    this.#handler.closed(failure);
  }

  /** The program reads up to `count` bytes; the writer is told of the room. */
  programReads(count: number): void {
    for (let left = count; left > 0 && this.#kept.length > 0;) {
      const chunk = this.#kept[0] ?? new Uint8Array(0);
      const part = chunk.subarray(0, left);
      this.#read.push(part);
      left -= part.length;
      this.#keptBytes -= part.length;
      if (part.length === chunk.length) this.#kept.shift();
      else this.#kept[0] = chunk.subarray(part.length);
    }
    if (!this.#writerWaits || this.#isClosed || this.#keptBytes === this.#limits.roomBytes) return;
    this.#writerWaits = false;
    this.#handler.writable();
  }

  #closeIfBothEnded(): void {
    if (!this.#programEnded || this.endCount === 0 || this.#isClosed) return;
    this.#isClosed = true;
    this.#handler.closed();
  }
}

/** A UDP flow, with the program's end in a test's hands. */
export class FakeUdpFlow implements UdpFlow {
  readonly source = program;
  readonly destination: Endpoint;
  onDatagram: UdpFlow['onDatagram'];
  onClosed: (() => void) | undefined;
  readonly received: Uint8Array[] = [];
  refusal: RefusalReason | undefined;
  isClosed = false;

  constructor(destination = flowTarget) {
    this.destination = destination;
  }

  send(payload: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.received.push(payload.slice());
    return true;
  }

  refuse(reason: RefusalReason): void {
    this.refusal = reason;
    this.isClosed = true;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed?.();
  }

  /** The program sends, out of a buffer that is overwritten afterwards. */
  programSends(text: string): void {
    fromBatch(Buffer.from(text), (...part) => this.onDatagram?.(...part));
  }
}

/** Where payload begins in a batch. */
const headerBytes = 50;

/** `payload` as the stack hands it over: in the midst of a batch. */
function fromBatch(payload: Uint8Array, deliver: (bytes: Uint8Array, start: number, end: number) => void): void {
  const batch = new Uint8Array(headerBytes + payload.length + 20).fill(0xdd);
  batch.set(payload, headerBytes);
  deliver(batch, headerBytes, headerBytes + payload.length);
  batch.fill(0xee);
}
