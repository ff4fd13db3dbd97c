import { readU8 } from './octets.ts';

/** From so many bytes on words are quicker, although their view must be looked up. */
const fewestForWords = 256;

/** Whether the first byte of a word is its low half. */
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The aligned words of a whole buffer, made once: frames live in a few buffers of the device, again and again. */
const wordsOf = new WeakMap<ArrayBufferLike, Int32Array>();

/**
 * A sum of the 16-bit words of `count` bytes, at most 128 KiB; an odd last byte is the high half of its word.
 * Sums add up: `foldChecksum(sumWords(a) + sumWords(b))`, where the part before `b` has an even length.
 * @see {@link https://www.rfc-editor.org/rfc/rfc1071 | RFC 1071}
 */
export function sumWords(bytes: Uint8Array, from: number, count: number): number {
  const isLong = count >= fewestForWords && ((bytes.byteOffset + from) & 1) === 0;
  return isLong ? sumAligned(bytes, from, count) : sumBytes(bytes, from, count);
}

/** High and low halves are summed apart, so that they stay small integers. */
function sumBytes(bytes: Uint8Array, from: number, count: number): number {
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

/** 32 bits at a time in the machine's own byte order, and the sum turned round afterwards (RFC 1071 §2 (B)); what is before and after whole words by bytes. */
function sumAligned(bytes: Uint8Array, from: number, count: number): number {
  const headBytes = (bytes.byteOffset + from) & 2;
  const words = bufferWords(bytes.buffer);
  const first = (bytes.byteOffset + from + headBytes) >> 2;
  const wordCount = (count - headBytes) >> 2;
  const end = first + wordCount;
  let even = 0;
  let odd = 0;
  let i = first;
  for (const fast = end - 3; i < fast; i += 4) {
    const a = words[i] as number;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    even = (even + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
    odd = (odd + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
  }
  for (; i < end; i++) {
    even += (words[i] as number) & 0xffff;
    odd += (words[i] as number) >>> 16;
  }
  const tailAt = headBytes + 4 * wordCount;
  const folded = foldChecksum((even >>> 0) + (odd >>> 0));
  const sum = isLittleEndian ? ((folded & 0xff) << 8) | (folded >>> 8) : folded;
  return sum + sumBytes(bytes, from, headBytes) + sumBytes(bytes, from + tailAt, count - tailAt);
}

function bufferWords(buffer: ArrayBufferLike): Int32Array {
  const known = wordsOf.get(buffer);
  if (known) return known;
  const words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  wordsOf.set(buffer, words);
  return words;
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
