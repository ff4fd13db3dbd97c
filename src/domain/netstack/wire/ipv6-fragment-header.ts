/**
 *  0                   1                   2                   3
 * |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 * |                         Identification                        |
 * @see {@link https://www.rfc-editor.org/rfc/rfc8200#section-4.5 | RFC 8200 §4.5}
 */
import type { IpFragment } from './ip-fragment.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';

export const ipv6FragmentHeaderBytes = 8;

/** Fills `fragment` from the 8 bytes at `start`; the next header is the first of them. */
export function parseIpv6Fragment(bytes: Uint8Array, start: number, fragment: IpFragment): void {
  const field = readU16(bytes, start + 2);
  // The offset counts units of 8 bytes, and is in the field's upper 13 bits.
  fragment.offsetBytes = field & 0xfff8;
  fragment.more = (field & 1) !== 0;
  fragment.identification = readU32(bytes, start + 4);
}

/** Writes the header of a part of what `nextHeader` names. */
export function emitIpv6Fragment(bytes: Uint8Array, start: number, nextHeader: number, fragment: IpFragment): void {
  writeU16(bytes, start, nextHeader << 8);
  writeU16(bytes, start + 2, fragment.offsetBytes | (fragment.more ? 1 : 0));
  writeU32(bytes, start + 4, fragment.identification);
}
