/**
 *  0                   1                   2                   3
 * |     Type      |     Code      |           Checksum            |
 * |   identifier and sequence of an echo; 0 of an unreachable     |
 * |      data of an echo; the packet that could not go on         |
 * One file for both versions: they differ in numbers, and in that ICMPv6 has a pseudo-header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc792 | RFC 792}, {@link https://www.rfc-editor.org/rfc/rfc4443 | RFC 4443}
 */
import type { IpPacket, ParseFailure } from './ip-packet.ts';
import { readU8, writeU16, writeU32 } from './octets.ts';

export const icmpHeaderBytes = 8;
/** Where the checksum is, from the header's start. */
export const icmpChecksumAt = 2;

/** Types that we know, by IP version. */
export const icmpType = {
  4: { echoReply: 0, unreachable: 3, echoRequest: 8 },
  6: { echoReply: 129, unreachable: 1, echoRequest: 128 },
} as const;

/** Why a packet can't go on. */
export type UnreachableReason = 'net-unreachable' | 'host-unreachable' | 'prohibited' | 'port-unreachable';

/**
 * Codes of a destination unreachable, and the errno that Linux makes of each: ENETUNREACH, EHOSTUNREACH, (EHOSTUNREACH, EACCES), ECONNREFUSED.
 * @see RFC 1812 §5.2.7.1 for the IPv4 code 13, RFC 4443 §3.1
 */
export const unreachableCode: Readonly<Record<4 | 6, Readonly<Record<UnreachableReason, number>>>> = {
  4: { 'net-unreachable': 0, 'host-unreachable': 1, 'port-unreachable': 3, prohibited: 13 },
  6: { 'net-unreachable': 0, prohibited: 1, 'host-unreachable': 3, 'port-unreachable': 4 },
};

/** Codes of a destination unreachable that won't pass: Linux counts the same ones as fatal. Of the others another try may get through. */
const hardCodes: Readonly<Record<4 | 6, readonly number[]>> = { 4: [2, 3, 6, 7, 8, 9, 10, 13, 14, 15], 6: [1, 4, 5, 6] };

/** Whether a destination unreachable with `code` is a hard error. @see RFC 1122 §4.2.3.9 */
export function isHardError(version: 4 | 6, code: number): boolean {
  return hardCodes[version].includes(code);
}

/**
 * What a hard error means to who opened a connection; Linux says the same. Port unreachable is what a host without TCP there answers instead of RST.
 * @see RFC 1122 §4.2.3.9, RFC 5927 §2.1
 */
export function openFailure(version: 4 | 6, code: number): 'refused' | 'unreachable' {
  return code === unreachableCode[version]['port-unreachable'] ? 'refused' : 'unreachable';
}

/** Type and code of one message, and where the rest is. */
export class IcmpMessage {
  type = 0;
  code = 0;
  /** What follows the first four bytes: for an echo identifier, sequence and data. */
  bodyAt = 0;
  bodyBytes = 0;
}

/** Fills `message` from what `packet` carries; the checksum is the caller's to verify. @returns what is wrong, or `undefined` */
export function parseIcmp(packet: IpPacket, message: IcmpMessage): ParseFailure | undefined {
  if (packet.payloadBytes < icmpHeaderBytes) return 'truncated';
  message.type = readU8(packet.bytes, packet.payloadAt);
  message.code = readU8(packet.bytes, packet.payloadAt + 1);
  message.bodyAt = packet.payloadAt + 4;
  message.bodyBytes = packet.end - message.bodyAt;
  return undefined;
}

/** Writes type and code, checksum 0 and the unused word of an unreachable; an echo's body is then written over the latter. */
export function emitIcmp(bytes: Uint8Array, start: number, type: number, code: number): void {
  writeU16(bytes, start, (type << 8) | code);
  writeU16(bytes, start + icmpChecksumAt, 0);
  writeU32(bytes, start + 4, 0);
}

/** How much of the packet an unreachable quotes at most: the whole stays within 576 bytes (RFC 1812 §4.3.2.3) or 1280 (RFC 4443 §2.4 (c)). */
export function quotedBytesLimit(version: 4 | 6): number {
  return version === 4 ? 576 - 20 - icmpHeaderBytes : 1280 - 40 - icmpHeaderBytes;
}
