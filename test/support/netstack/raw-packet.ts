import { slowChecksum } from '../../oracles/checksum-oracle.ts';
import { ip, IpAddress } from '../../../src/domain/netstack/address/ip-address.ts';

/** One IP packet as plain data, made and read here without any code of the stack. */
export interface RawPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export interface RawSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 0 to 2^32 - 1. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: string;
  readonly window: number;
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

const flagBits: readonly [string, number][] = [['F', 1], ['S', 2], ['R', 4], ['P', 8], ['A', 16]]; // prettier-ignore

/** An IP packet with a correct header; the payload is taken as it is. */
export function buildPacket(packet: RawPacket): Uint8Array {
  const source = ip(packet.source);
  const destination = ip(packet.destination);
  const isV4 = source.version === 4;
  const bytes = new Uint8Array((isV4 ? 20 : 40) + packet.payload.length);
  const view = new DataView(bytes.buffer);
  if (isV4) {
    bytes.set([0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, packet.protocol]);
    view.setUint16(2, bytes.length);
    bytes.set([...source.bytes, ...destination.bytes], 12);
    view.setUint16(10, slowChecksum(bytes.subarray(0, 20)));
  } else {
    view.setUint32(0, 0x60000000);
    view.setUint16(4, packet.payload.length);
    bytes.set([packet.protocol, 64, ...source.bytes, ...destination.bytes], 6);
  }
  bytes.set(packet.payload, isV4 ? 20 : 40);
  return bytes;
}

/** The transport checksum that belongs at `fieldAt` of `payload`, which is 0 there. */
export function transportChecksum(packet: RawPacket): number {
  const pseudo = new Uint8Array(8);
  new DataView(pseudo.buffer).setUint32(0, packet.payload.length);
  pseudo[7] = packet.protocol;
  const addresses =
    packet.protocol === 1 ? new Uint8Array(0) : Uint8Array.from([...ip(packet.source).bytes, ...ip(packet.destination).bytes]);
  return slowChecksum(addresses, packet.protocol === 1 ? new Uint8Array(0) : pseudo, packet.payload);
}

/** A whole packet whose payload has its checksum filled in at `fieldAt`. */
export function buildChecked(packet: RawPacket, fieldAt: number): Uint8Array {
  const payload = new Uint8Array(packet.payload);
  new DataView(payload.buffer).setUint16(fieldAt, transportChecksum({ ...packet, payload }));
  return buildPacket({ ...packet, payload });
}

export function buildSegment(source: string, destination: string, segment: Partial<RawSegment>): Uint8Array {
  const options = segment.options ?? new Uint8Array(0);
  const payload = new Uint8Array(20 + options.length + (segment.payload?.length ?? 0));
  const view = new DataView(payload.buffer);
  view.setUint16(0, segment.sourcePort ?? 40000);
  view.setUint16(2, segment.destinationPort ?? 80);
  view.setUint32(4, segment.seq ?? 0);
  view.setUint32(8, segment.ack ?? 0);
  view.setUint8(12, (5 + options.length / 4) << 4);
  view.setUint8(13, flagBits.reduce((bits, [name, bit]) => bits | (segment.flags?.includes(name) ? bit : 0), 0)); // prettier-ignore
  view.setUint16(14, segment.window ?? 65535);
  payload.set(options, 20);
  payload.set(segment.payload ?? [], 20 + options.length);
  return buildChecked({ source, destination, protocol: 6, payload }, 16);
}

export function buildUdp(source: string, destination: string, ports: readonly [number, number], data: Uint8Array): Uint8Array {
  const payload = new Uint8Array(8 + data.length);
  const view = new DataView(payload.buffer);
  view.setUint16(0, ports[0]);
  view.setUint16(2, ports[1]);
  view.setUint16(4, payload.length);
  payload.set(data, 8);
  return buildChecked({ source, destination, protocol: 17, payload }, 6);
}

/** `data` with its first two bytes such that the datagram's checksum comes out as 0; they must be 0. */
export function withZeroChecksum(source: string, destination: string, ports: readonly [number, number], data: Uint8Array): Uint8Array {
  const checksum = readPacket(buildUdp(source, destination, ports, data)).payload.subarray(6, 8);
  const filled = new Uint8Array(data);
  filled.set(checksum);
  return filled;
}

/** Reads a packet and verifies every checksum and length it has. Throws where one is wrong. */
export function readPacket(bytes: Uint8Array): RawPacket {
  const isV4 = (bytes[0] ?? 0) >> 4 === 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = isV4 ? 12 : 8;
  const size = isV4 ? 4 : 16;
  const address = (from: number) => String(IpAddress.fromBytes(bytes.subarray(from, from + size)));
  const length = isV4 ? view.getUint16(2) : 40 + view.getUint16(4);
  if (length !== bytes.length) throw new RangeError(`length field ${length} of ${bytes.length} bytes`);
  if (isV4 && slowChecksum(bytes.subarray(0, 20)) !== 0) throw new RangeError('IPv4 checksum');
  const packet = {
    source: address(at),
    destination: address(at + size),
    protocol: bytes[isV4 ? 9 : 6] ?? 0,
    payload: bytes.slice(isV4 ? 20 : 40),
  };
  if (transportChecksum(packet) !== 0) throw new RangeError('transport checksum');
  checkUdpLength(packet);
  return packet;
}

function checkUdpLength({ protocol, payload }: RawPacket): void {
  if (protocol !== 17) return;
  const length = ((payload[4] ?? 0) << 8) | (payload[5] ?? 0);
  if (length !== payload.length) throw new RangeError(`UDP length field ${length} of ${payload.length} bytes`);
}

export function readSegment(packet: RawPacket): RawSegment {
  const { payload } = packet;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const headerBytes = (view.getUint8(12) >> 4) * 4;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: flagBits.filter(([, bit]) => view.getUint8(13) & bit).map(([name]) => name).join(''), // prettier-ignore
    window: view.getUint16(14),
    options: payload.slice(20, headerBytes),
    payload: payload.slice(headerBytes),
  };
}
