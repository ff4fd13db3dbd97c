/**
 * Big-endian fields of a byte array. No bounds are checked and nothing throws: the caller has checked the length, and past the end a read is 0.
 * Plain functions instead of `DataView`, which would be one allocation per packet.
 */
export function readU8(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | 0;
}

/** 0 to 65535, network byte order. */
export function readU16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

/** A 32-bit field as a signed integer: V8 keeps those unboxed. Compare with `===` or by difference, print with `>>> 0`. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return (readU16(bytes, offset) << 16) | readU16(bytes, offset + 2);
}

/** Writes the low 16 bits of `value`, network byte order. */
export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 32 bits of `value`, network byte order. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
