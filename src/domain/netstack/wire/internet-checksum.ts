import { readU8 } from './octets.ts';

/**
 * The unfolded sum of the 16-bit words of `count` bytes; an odd last byte is the high half of its word.
 * Sums add up: `foldChecksum(sumWords(a) + sumWords(b))`, where the part before `b` has an even length.
 * High and low halves are summed apart, so that 64 KiB stay within a small integer.
 * @see {@link https://www.rfc-editor.org/rfc/rfc1071 | RFC 1071}
 */
export function sumWords(bytes: Uint8Array, from: number, count: number): number {
  let high = 0;
  let low = 0;
  let i = from;
  const end = from + count;
  for (const fast = end - 7; i < fast; i += 8) {
    high += (bytes[i] as number) + (bytes[i + 2] as number) + (bytes[i + 4] as number) + (bytes[i + 6] as number);
    low += (bytes[i + 1] as number) + (bytes[i + 3] as number) + (bytes[i + 5] as number) + (bytes[i + 7] as number);
  }
  for (const pair = end - 1; i < pair; i += 2) {
    high += bytes[i] as number;
    low += bytes[i + 1] as number;
  }
  if (i < end) high += readU8(bytes, i);
  return high * 256 + low;
}

/** The one's complement sum: 0 to 65535. Of data that hold their own correct checksum it is 0xffff. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** The value of the checksum field for data whose sum, with that field as 0, is `sum`. */
export function checksumField(sum: number): number {
  return ~foldChecksum(sum) & 0xffff;
}

/** What the pseudo-header adds beside the two addresses. @see RFC 9293 §3.1, RFC 8200 §8.1: both sum up alike */
export function pseudoHeaderSum(addressSum: number, protocol: number, lengthBytes: number): number {
  return addressSum + protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff);
}
