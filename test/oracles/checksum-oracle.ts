/** The Internet checksum as RFC 1071 words it: one 16-bit word at a time, the carry folded each time. */
export function slowChecksum(...parts: readonly Uint8Array[]): number {
  const bytes = parts.flatMap((part) => [...part, ...(part.length % 2 ? [0] : [])]);
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}
