/** The Internet checksum as RFC 1071 words it: one 16-bit word at a time, the carry folded each time. A part of odd length is padded. */
export function slowChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i += 2) {
      sum += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return ~sum & 0xffff;
}
