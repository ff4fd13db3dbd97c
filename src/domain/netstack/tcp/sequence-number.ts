/**
 * How far `to` is after `from` in the sequence space; negative where it is before. Right as long as they are less than 2^31 apart.
 * Sequence numbers are signed 32-bit integers throughout: V8 keeps those unboxed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.4 | RFC 9293 §3.4}
 */
export function seqDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** The sequence number `count` after `seq`. */
export function seqAdd(seq: number, count: number): number {
  return (seq + count) | 0;
}
