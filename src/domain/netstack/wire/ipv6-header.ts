/**
 *  0                   1                   2                   3
 * |Version| Traffic Class |              Flow Label               |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                    Source Address, 16 bytes                   |
 * |                 Destination Address, 16 bytes                 |
 * @see {@link https://www.rfc-editor.org/rfc/rfc8200#section-3 | RFC 8200 §3}
 */
import { ipProtocol, type IpPacket, type ParseFailure } from './ip-packet.ts';
import { readU16, readU8, writeU16, writeU32 } from './octets.ts';

/** Of the fixed header; we write no extension headers. */
export const ipv6HeaderBytes = 40;

const at = { payloadLength: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24 } as const;

/** Fills `packet` with the header at `start` of a frame that ends at `end`, hop-by-hop and destination options skipped. @returns what is wrong, or `undefined` */
export function parseIpv6(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
  if (end - start < ipv6HeaderBytes) return 'truncated';
  const payloadBytes = readU16(bytes, start + at.payloadLength);
  packet.bytes = bytes;
  packet.version = 6;
  packet.start = start;
  packet.sourceAt = start + at.source;
  packet.destinationAt = start + at.destination;
  packet.hopLimit = readU8(bytes, start + at.hopLimit);
  packet.protocol = readU8(bytes, start + at.nextHeader);
  packet.payloadAt = start + ipv6HeaderBytes;
  packet.end = packet.payloadAt + payloadBytes;
  if (packet.end > end) return 'truncated';
  // A payload length of 0 with a hop-by-hop header announces a jumbogram (RFC 2675).
  if (payloadBytes === 0 && packet.protocol === ipProtocol.hopByHop) return 'jumbo';
  return skipExtensionHeaders(packet);
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8200#section-4 | RFC 8200 §4}: each is next header, length in units of 8 bytes without the first 8 */
function skipExtensionHeaders(packet: IpPacket): ParseFailure | undefined {
  while (packet.protocol === ipProtocol.hopByHop || packet.protocol === ipProtocol.destinationOptions) {
    if (packet.payloadBytes < 8) return 'truncated';
    const headerBytes = (readU8(packet.bytes, packet.payloadAt + 1) + 1) * 8;
    if (headerBytes > packet.payloadBytes) return 'truncated';
    packet.protocol = readU8(packet.bytes, packet.payloadAt);
    packet.payloadAt += headerBytes;
  }
  if (packet.protocol === ipProtocol.fragment) return 'fragment';
  return packet.protocol === ipProtocol.routing ? 'extension-header' : undefined;
}

/** Writes a fixed header; the addresses must be in place already. */
export function emitIpv6(bytes: Uint8Array, start: number, payloadBytes: number, nextHeader: number): void {
  writeU32(bytes, start, 0x60000000);
  writeU16(bytes, start + at.payloadLength, payloadBytes);
  bytes[start + at.nextHeader] = nextHeader;
  bytes[start + at.hopLimit] = 64;
}
