/**
 *  0                   1                   2                   3
 * |Version|  IHL  |    DSCP   |ECN|          Total Length         |
 * |         Identification        |Flags|     Fragment Offset     |
 * |      TTL      |    Protocol   |        Header Checksum        |
 * |                         Source Address                        |
 * |                      Destination Address                      |
 * |                            Options                            |
 * @see {@link https://www.rfc-editor.org/rfc/rfc791#section-3.1 | RFC 791 §3.1}
 */
import type { IpFragment } from './ip-fragment.ts';
import { checksumField, foldChecksum, sumWords } from './internet-checksum.ts';
import type { IpPacket, ParseFailure } from './ip-packet.ts';
import { readU16, readU8, writeU16 } from './octets.ts';

/** Of a header without options, the only kind that we write. */
export const ipv4HeaderBytes = 20;

const at = { totalLength: 2, identification: 4, fragment: 6, ttl: 8, protocol: 9, checksum: 10, source: 12, destination: 16 } as const;
const dontFragment = 0x4000;
const moreFragments = 0x2000;
/** The offset, in units of 8 bytes. */
const offsetMask = 0x1fff;

/** Fills `packet` with the header at `start` of a frame that ends at `end`. @returns what is wrong, or `undefined` */
export function parseIpv4(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
  const failure = parseIpv4Quote(bytes, start, end, packet);
  if (failure) return failure;
  if (readU16(bytes, start + at.totalLength) > end - start) return 'truncated';
  return foldChecksum(sumWords(bytes, start, packet.payloadAt - start)) === 0xffff ? undefined : 'bad-checksum';
}

/** The same of a packet that an ICMP error quotes: its end may be missing, and who forwarded it may have changed what its checksum covers. */
export function parseIpv4Quote(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
  if (end - start < ipv4HeaderBytes) return 'truncated';
  const headerBytes = (readU8(bytes, start) & 0x0f) * 4;
  const totalBytes = readU16(bytes, start + at.totalLength);
  if (totalBytes === 0) return 'jumbo';
  if (headerBytes < ipv4HeaderBytes || totalBytes < headerBytes) return 'bad-length';
  if (headerBytes > end - start) return 'truncated';
  packet.bytes = bytes;
  packet.version = 4;
  packet.start = start;
  packet.sourceAt = start + at.source;
  packet.destinationAt = start + at.destination;
  packet.protocol = readU8(bytes, start + at.protocol);
  packet.hopLimit = readU8(bytes, start + at.ttl);
  packet.payloadAt = start + headerBytes;
  packet.end = Math.min(end, start + totalBytes);
  const field = readU16(bytes, start + at.fragment);
  packet.fragment.identification = readU16(bytes, start + at.identification);
  packet.fragment.offsetBytes = (field & offsetMask) * 8;
  packet.fragment.more = (field & moreFragments) !== 0;
  return undefined;
}

/**
 * Writes a header without options; the addresses must be in place already.
 * It is a whole datagram's: the identification is 0 and DF is set: what may not be fragmented needs none (RFC 6864 §4.1).
 */
export function emitIpv4(bytes: Uint8Array, start: number, totalBytes: number, protocol: number): void {
  writeU16(bytes, start, 0x4500);
  writeU16(bytes, start + at.totalLength, totalBytes);
  writeU16(bytes, start + at.identification, 0);
  writeU16(bytes, start + at.fragment, dontFragment);
  bytes[start + at.ttl] = 64;
  bytes[start + at.protocol] = protocol;
  emitChecksum(bytes, start);
}

/** Makes the header at `start`, written already, that of a part. */
export function emitIpv4Fragment(bytes: Uint8Array, start: number, fragment: IpFragment): void {
  writeU16(bytes, start + at.identification, fragment.identification);
  writeU16(bytes, start + at.fragment, (fragment.more ? moreFragments : 0) | (fragment.offsetBytes / 8));
  emitChecksum(bytes, start);
}

function emitChecksum(bytes: Uint8Array, start: number): void {
  writeU16(bytes, start + at.checksum, 0);
  writeU16(bytes, start + at.checksum, checksumField(sumWords(bytes, start, ipv4HeaderBytes)));
}
