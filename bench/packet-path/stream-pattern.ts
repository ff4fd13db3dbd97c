import { crc32 } from 'node:zlib';

/** Bytes until the pattern begins anew: no power of two, so that what comes twice or too late isn't the same. */
const periodBytes = 1_000_003;
/** The longest piece that is sent at once. */
const longestPieceBytes = 128 * 1024;
/** Blocks of a stream that are checked or passed over as a whole. */
const checkBlockBytes = 64 * 1024;

const pattern = makePattern();

/** What streams carry, the same as in traffic.c: xorshift32. */
function makePattern(): Buffer {
  const bytes = Buffer.alloc(periodBytes + longestPieceBytes);
  let x = 0x9e3779b9;
  for (let i = 0; i < periodBytes; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  bytes.copy(bytes, periodBytes, 0, longestPieceBytes);
  return bytes;
}

/** `count` bytes, at most 128 KiB, of the stream from `position` on: a view. */
export function patternAt(position: number, count: number): Uint8Array {
  const from = position % periodBytes;
  return pattern.subarray(from, from + count);
}

/** CRC-32 of every `checkEvery`-th 64 KiB of a stream; of all of it with 1. */
export class StreamCheck {
  bytes = 0;
  crc = 0;
  readonly #checkEvery: number;

  constructor(checkEvery: number) {
    this.#checkEvery = checkEvery;
  }

  update(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length;) {
      const part = Math.min(chunk.length - i, checkBlockBytes - (this.bytes % checkBlockBytes));
      const isChecked = Math.floor(this.bytes / checkBlockBytes) % this.#checkEvery === 0;
      if (isChecked) this.crc = crc32(chunk.subarray(i, i + part), this.crc);
      i += part;
      this.bytes += part;
    }
  }
}

/** The check of the first `bytes` of what was sent. @param sentAt - as `patternAt`, which it is unless given */
export function expectedCrc(bytes: number, checkEvery: number, sentAt = patternAt): number {
  const check = new StreamCheck(checkEvery);
  while (check.bytes < bytes) check.update(sentAt(check.bytes, Math.min(checkBlockBytes, bytes - check.bytes)));
  return check.crc;
}
