/**
 * Options of a SYN: kind, length, value; kinds 0 (end) and 1 (padding) are single bytes.
 * |  2 |  4 |      MSS      |      |  3 |  3 | shift |
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.2 | RFC 9293 §3.2}, {@link https://www.rfc-editor.org/rfc/rfc7323#section-2 | RFC 7323 §2}
 */
import { readU16, readU8, writeU16 } from './octets.ts';

/** What a SYN offers. `undefined`: not offered. */
export interface TcpOptions {
  /** The largest payload that its sender takes: 0 to 65535. */
  readonly mss: number | undefined;
  /** The shift of the windows that its sender announces: 0 to 14, larger ones are read as 14 (RFC 7323 §2.3). */
  readonly windowShift: number | undefined;
}

const kind = { end: 0, padding: 1, mss: 2, windowShift: 3 } as const;

/** Reads the options between two offsets. An option that doesn't fit ends the list; unknown ones are skipped (MUST-5, MUST-6). */
export function parseTcpOptions(bytes: Uint8Array, from: number, end: number): TcpOptions {
  let mss: number | undefined;
  let windowShift: number | undefined;
  let at = from;
  while (at < end && readU8(bytes, at) !== kind.end) {
    const optionKind = readU8(bytes, at);
    const length = optionKind === kind.padding ? 1 : optionLength(bytes, at, end);
    if (length === 0) break;
    if (optionKind === kind.mss && length === 4) mss = readU16(bytes, at + 2);
    if (optionKind === kind.windowShift && length === 3) windowShift = Math.min(14, readU8(bytes, at + 2));
    at += length;
  }
  return { mss, windowShift };
}

/** The length of the option at `at`, or 0 where it doesn't fit. */
function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0;
  const length = readU8(bytes, at + 1);
  return length < 2 || at + length > end ? 0 : length;
}

/** How many bytes `emitTcpOptions` writes: a multiple of 4. */
export function tcpOptionsBytes(options: TcpOptions): number {
  return (options.mss === undefined ? 0 : 4) + (options.windowShift === undefined ? 0 : 4);
}

/** Writes what `options` offers at `at`. */
export function emitTcpOptions(bytes: Uint8Array, at: number, options: TcpOptions): void {
  let next = at;
  if (options.mss !== undefined) {
    writeU16(bytes, next, (kind.mss << 8) | 4);
    writeU16(bytes, next + 2, options.mss);
    next += 4;
  }
  if (options.windowShift === undefined) return;
  writeU16(bytes, next, (kind.padding << 8) | kind.windowShift);
  writeU16(bytes, next + 2, (3 << 8) | options.windowShift);
}
