/**
 *  0                   1                   2                   3
 * |Version| Traffic Class |              Flow Label               |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                    Source Address, 16 bytes                   |
 * |                 Destination Address, 16 bytes                 |
 * @see {@link https://www.rfc-editor.org/rfc/rfc8200#section-3 | RFC 8200 §3}
 */
import { ipProtocol, type IpPacket, type ParseFailure } from './ip-packet.ts';
import { ipv6FragmentHeaderBytes, parseIpv6Fragment } from './ipv6-fragment-header.ts';
import { readU16, readU8, writeU16, writeU32 } from './octets.ts';

/** Of the fixed header. Of extension headers we write none but that of a fragment. */
export const ipv6HeaderBytes = 40;
/** Extension headers that are looked through: more than anything in use has, and a bound on what a packet costs (RFC 8504 §5.3 allows one). */
const maxExtensionHeaders = 8;

const at = { payloadLength: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24 } as const;

/** Fills `packet` with the header at `start` of a frame that ends at `end`, extension headers skipped as far as they are there. @returns what is wrong, or `undefined` */
export function parseIpv6(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
  const payloadBytes = readU16(bytes, start + at.payloadLength);
  return end - start < ipv6HeaderBytes + payloadBytes ? 'truncated' : parseIpv6Quote(bytes, start, end, packet);
}

/** The same of a packet that an ICMP error quotes: its end may be missing. */
export function parseIpv6Quote(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
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
  packet.end = Math.min(end, packet.payloadAt + payloadBytes);
  // A payload length of 0 with a hop-by-hop header announces a jumbogram (RFC 2675).
  if (payloadBytes === 0 && packet.protocol === ipProtocol.hopByHop) return 'jumbo';
  return skipExtensionHeaders(packet);
}

/**
 * Goes on to what the upper layer is, or in a part of a datagram to where the part begins: the headers after that are the datagram's.
 * Options aren't looked at, so those that ask to be refused by who doesn't know them (RFC 8200 §4.2) aren't.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8200#section-4 | RFC 8200 §4}
 */
function skipExtensionHeaders(packet: IpPacket): ParseFailure | undefined {
  packet.fragment.clear();
  const start = packet.payloadAt;
  for (let count = 0; isExtensionHeader(packet.protocol); count++) {
    if (packet.payloadBytes < 8) return 'truncated';
    // RFC 8200 §4.1: hop-by-hop options are first.
    const isMisplaced = packet.protocol === ipProtocol.hopByHop && packet.payloadAt !== start;
    if (count === maxExtensionHeaders || isMisplaced || hasHopsLeft(packet)) return 'extension-header';
    const isFragment = packet.protocol === ipProtocol.fragment;
    if (isFragment) parseIpv6Fragment(packet.bytes, packet.payloadAt, packet.fragment);
    // Of the others the length is in units of 8 bytes, without the first 8.
    const headerBytes = isFragment ? ipv6FragmentHeaderBytes : (readU8(packet.bytes, packet.payloadAt + 1) + 1) * 8;
    if (headerBytes > packet.payloadBytes) return 'truncated';
    packet.protocol = readU8(packet.bytes, packet.payloadAt);
    packet.payloadAt += headerBytes;
    if (packet.fragment.isPart) return undefined;
  }
  return undefined;
}

function isExtensionHeader(protocol: number): boolean {
  const { hopByHop, routing, fragment, destinationOptions } = ipProtocol;
  return protocol === hopByHop || protocol === routing || protocol === fragment || protocol === destinationOptions;
}

/** A routing header with segments left names another destination than the packet's own; with none it is to be ignored (RFC 8200 §4.4). */
function hasHopsLeft(packet: IpPacket): boolean {
  return packet.protocol === ipProtocol.routing && readU8(packet.bytes, packet.payloadAt + 3) !== 0;
}

/** Writes a fixed header; the addresses must be in place already. */
export function emitIpv6(bytes: Uint8Array, start: number, payloadBytes: number, nextHeader: number): void {
  writeU32(bytes, start, 0x60000000);
  writeU16(bytes, start + at.payloadLength, payloadBytes);
  bytes[start + at.nextHeader] = nextHeader;
  bytes[start + at.hopLimit] = 64;
}
