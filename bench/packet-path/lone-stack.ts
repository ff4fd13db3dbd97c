import { loadNativeLibrary } from '../../src/adapters/tun/native-library.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import { instant } from '../../src/domain/netstack/instant.ts';
import { NetStack } from '../../src/domain/netstack/net-stack.ts';
import type { FrameSink, StackEvents, TcpStream, TcpStreamHandler, UdpFlow } from '../../src/domain/netstack/stack-events.ts';
import { buildSegment, buildUdp } from '../../test/support/netstack/raw-packet.ts';
import { compiledFiles } from './compiled-files.ts';

const programAddress = '192.0.2.2';
const farAddress = '198.51.100.16';
const ports = { sourcePort: 40_000, destinationPort: 80 };
/** Segments of the program begin after this number, its SYN's. */
const initialSequence = 1000;
const ipHeaderBytes = 20;
const tcpHeaderBytes = 20;

/** As in a session. */
const { copyBytes } = loadNativeLibrary(compiledFiles.nativeLibrary);

/** What the device under a stack can do: virtio headers and 64 KiB frames, or neither. */
export type DeviceKind = 'offload' | 'plain';

const devices = {
  offload: { mtuBytes: 65_520, virtioHeader: true, prefixBytes: 10 },
  plain: { mtuBytes: 1500, virtioHeader: false, prefixBytes: 0 },
} as const;

/** A batch of slots, emptied by hand: the device's side of a sink. */
export class SlotSink implements FrameSink {
  readonly slots: readonly Uint8Array[] = Array.from({ length: 32 }, () => new Uint8Array(65_560));
  readonly lengths = new Uint32Array(32);
  count = 0;

  reserve(): Uint8Array | undefined {
    return this.slots[this.count];
  }

  commit(lengthBytes: number): void {
    this.lengths[this.count++] = lengthBytes;
  }
}

/** A packet core by itself, without device, launcher or kernel: what the program's kernel would do is done here, as cheaply as possible. */
export class LoneStack {
  readonly sink = new SlotSink();
  readonly stack: NetStack;
  readonly device: (typeof devices)[DeviceKind];
  /** The payload of the largest segment that the device takes. */
  readonly payloadBytes: number;
  handler: TcpStreamHandler = { data: () => undefined, ended: () => undefined, writable: () => undefined, closed: () => undefined };
  stream: TcpStream | undefined;
  flow: UdpFlow | undefined;
  nowMs = 0;
  #polls = 0;

  constructor(kind: DeviceKind) {
    this.device = devices[kind];
    this.payloadBytes = this.device.mtuBytes - ipHeaderBytes - tcpHeaderBytes;
    const events: StackEvents = {
      tcpOpened: (pending) => (this.stream = pending.accept(this.handler)),
      udpOpened: (flow) => (this.flow = flow),
      pollWanted: () => undefined,
    };
    this.stack = new NetStack({
      mtuBytes: this.device.mtuBytes,
      virtioHeader: this.device.virtioHeader,
      gatewayAddresses: [ip('192.0.2.1')],
      randomU32: () => 5000,
      copyBytes,
      sink: this.sink,
      events,
    });
  }

  /** One frame, without a poll. */
  ingest(frame: Uint8Array): void {
    this.stack.ingest(frame, instant(this.nowMs));
  }

  /** What the pump does after a batch. What is emitted is in `sink` until the next one. */
  poll(): void {
    this.sink.count = 0;
    this.stack.poll(instant(this.nowMs));
    // Whole milliseconds: a fraction would be an object at each call.
    if (++this.#polls % 100 === 0) this.nowMs++;
  }

  /** Opens a connection. @returns an ACK of the SYN-ACK, whose number `setAck` changes */
  connect(): Uint8Array {
    const mss = this.payloadBytes;
    const options = Uint8Array.from([2, 4, mss >> 8, mss & 255, 1, 3, 3, 10]);
    this.ingest(this.segment({ flags: 'S', seq: initialSequence, options }));
    this.poll();
    const ack = this.segment({ flags: 'A', seq: initialSequence + 1, ack: this.sequenceOf(0) + 1 });
    this.ingest(ack);
    this.poll();
    return ack;
  }

  /** `payload` at `offset` of what the program sends. */
  data(offset: number, payload: Uint8Array, ack: Uint8Array): Uint8Array {
    return this.segment({ flags: 'A', seq: initialSequence + 1 + offset, ack: readU32(ack, this.#tcpAt + 8), payload });
  }

  /** A datagram of the program. */
  datagram(payload: Uint8Array): Uint8Array {
    return this.#framed(buildUdp(programAddress, farAddress, [ports.sourcePort, ports.destinationPort], payload));
  }

  /** Where a frame's TCP payload begins, if the segment has no options. */
  get payloadAt(): number {
    return this.#tcpAt + tcpHeaderBytes;
  }

  /** The sequence number of the frame in slot `i` of the sink. */
  sequenceOf(i: number): number {
    return readU32(this.sink.slots[i] as Uint8Array, this.#tcpAt + 4);
  }

  /** Makes `frame` have this sequence number; its checksum is right only for a device that doesn't look at it. */
  setSequence(frame: Uint8Array, seq: number): void {
    writeU32(frame, this.#tcpAt + 4, seq);
  }

  /** Makes `frame`, a pure ACK, acknowledge all before `ack`; its checksum is right afterwards (RFC 1624: what goes out of the sum, what comes in). */
  setAck(frame: Uint8Array, ack: number): void {
    const at = this.#tcpAt;
    let sum = ~readU16(frame, at + 16) & 0xffff;
    sum += (~readU16(frame, at + 8) & 0xffff) + (~readU16(frame, at + 10) & 0xffff) + ((ack >>> 16) & 0xffff) + (ack & 0xffff);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    writeU32(frame, at + 8, ack);
    writeU16(frame, at + 16, ~sum);
  }

  segment(segment: Parameters<typeof buildSegment>[2]): Uint8Array {
    return this.#framed(buildSegment(programAddress, farAddress, { ...ports, ...segment }));
  }

  get #tcpAt(): number {
    return this.device.prefixBytes + ipHeaderBytes;
  }

  /** With virtio header: the checksum is the device's to make. */
  #framed(packet: Uint8Array): Uint8Array {
    const frame = new Uint8Array(this.device.prefixBytes + packet.length);
    frame.set(packet, this.device.prefixBytes);
    if (this.device.virtioHeader) frame[0] = 1;
    return frame;
  }
}

function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function readU32(bytes: Uint8Array, at: number): number {
  return (readU16(bytes, at) << 16) | readU16(bytes, at + 2);
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, value >>> 16);
  writeU16(bytes, at + 2, value);
}
