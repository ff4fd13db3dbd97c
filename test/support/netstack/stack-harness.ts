import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { NetStack, type NetStackOptions } from '../../../src/domain/netstack/net-stack.ts';
import type { FrameSink, PendingTcp, TcpStream, TcpStreamHandler, UdpFlow } from '../../../src/domain/netstack/stack-events.ts';
import { readPacket, readSegment, type RawPacket, type RawSegment } from './raw-packet.ts';

/** Keeps copies of the frames, at most `limit` until they are taken. */
export class MemorySink implements FrameSink {
  limit = Infinity;
  frames: Uint8Array[] = [];
  #slot = new Uint8Array(0);

  reserve(sizeBytes: number): Uint8Array | undefined {
    if (this.frames.length >= this.limit) return undefined;
    // Longer than asked for, and full of what was there before: nothing may rely on either.
    if (this.#slot.length < sizeBytes + 7) this.#slot = new Uint8Array(2 * sizeBytes + 7).fill(0xa5);
    return this.#slot;
  }

  commit(lengthBytes: number): void {
    this.frames.push(this.#slot.slice(0, lengthBytes));
  }

  take(): Uint8Array[] {
    const { frames } = this;
    this.frames = [];
    return frames;
  }
}

/** What a stream told its user. */
export class RecordingHandler implements TcpStreamHandler {
  readonly received: number[] = [];
  readonly log: string[] = [];
  onData: ((bytes: Uint8Array) => void) | undefined;
  onEnded: (() => void) | undefined;
  onWritable: (() => void) | undefined;

  connected(): void {
    this.log.push('connected');
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    for (const byte of bytes.subarray(start, end)) this.received.push(byte);
    this.log.push(`data ${end - start}`);
    this.onData?.(bytes.subarray(start, end));
  }

  ended(): void {
    this.log.push('ended');
    this.onEnded?.();
  }

  writable(): void {
    this.log.push('writable');
    this.onWritable?.();
  }

  closed(failure?: string): void {
    this.log.push(failure ? `closed ${failure}` : 'closed');
  }
}

/** A stack on a clock that stands until `advance`, with everything that it says recorded. */
export class StackHarness {
  readonly sink = new MemorySink();
  readonly pendings: PendingTcp[] = [];
  readonly flows: UdpFlow[] = [];
  readonly stack: NetStack;
  pollsWanted = 0;
  nowMs = 1000;
  onTcp: ((pending: PendingTcp) => void) | undefined;
  onUdp: ((flow: UdpFlow) => void) | undefined;

  constructor(options: Partial<NetStackOptions> = {}) {
    this.stack = new NetStack({
      mtuBytes: 1500,
      virtioHeader: false,
      gatewayAddresses: [ip('10.0.0.1'), ip('fd00::1')],
      randomU32: () => 0xfffffff0,
      sink: this.sink,
      events: {
        tcpOpened: (pending) => (this.pendings.push(pending), this.onTcp?.(pending)),
        udpOpened: (flow) => (this.flows.push(flow), this.onUdp?.(flow)),
        pollWanted: () => void this.pollsWanted++,
      },
      ...options,
    });
  }

  get now() {
    return instant(this.nowMs);
  }

  /** Ingests, polls, and reads what comes out (frames without virtio header). */
  exchange(...frames: readonly Uint8Array[]): RawPacket[] {
    for (const frame of frames) this.stack.ingest(frame, this.now);
    return this.poll();
  }

  poll(): RawPacket[] {
    this.stack.poll(this.now);
    return this.sink.take().map(readPacket);
  }

  /** The same for one TCP conversation. */
  segments(...frames: readonly Uint8Array[]): RawSegment[] {
    return this.exchange(...frames).map(readSegment);
  }

  /** Lets time pass, stopping at every deadline. @returns all that came out */
  advance(ms: number): RawPacket[] {
    const end = this.nowMs + ms;
    const packets: RawPacket[] = [];
    for (let at = this.stack.pollAt(); at !== undefined && at <= end; at = this.stack.pollAt()) {
      this.nowMs = Math.max(this.nowMs, at);
      packets.push(...this.poll());
    }
    this.nowMs = end;
    packets.push(...this.poll());
    return packets;
  }

  /** Accepts the last open with a handler that records. */
  accept(): { stream: TcpStream; handler: RecordingHandler } {
    const handler = new RecordingHandler();
    const stream = this.pendings.at(-1)?.accept(handler);
    if (!stream) throw new RangeError('nothing to accept');
    return { stream, handler };
  }
}
