/** The offset after the name at `at` (RFC 1035 §4.1.4: a pointer ends a name); beyond the end where malformed. */
export function skipName(message: Uint8Array, at: number): number {
  for (let offset = at; offset < message.length;) {
    const length = message[offset] ?? 0;
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return offset + 2;
    offset += 1 + length;
  }
  return message.length;
}

/** The two bytes at `at`, big endian; 0 beyond the end. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
