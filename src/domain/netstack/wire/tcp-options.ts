/**
 * TCP options: kind, length, value; kinds 0 (end) and 1 (padding) are single bytes.
 * |  2 |  4 |      MSS      |  |  3 |  3 | shift |  |  4 |  2 |  |  5 | 2 + 8n | n times: from, up to |
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.2 | RFC 9293 §3.2}, {@link https://www.rfc-editor.org/rfc/rfc7323#section-2 | RFC 7323 §2},
 * {@link https://www.rfc-editor.org/rfc/rfc2018 | RFC 2018}
 */
import { readU16, readU8, writeU16, writeU32 } from './octets.ts';

/** What a SYN offers. `undefined`: not offered. */
export interface SynOptions {
  /** The largest payload that its sender takes: 0 to 65535. */
  readonly mss: number | undefined;
  /** The shift of the windows that its sender announces: 0 to 14, larger ones are read as 14 (RFC 7323 §2.3). */
  readonly windowShift: number | undefined;
  /** Whether its sender understands selective acknowledgements. */
  readonly sackPermitted: boolean;
}

/** Options to write. */
export interface TcpOptions extends SynOptions {
  /** Selectively acknowledged: pairs of sequence numbers, the first one of a block and the one after its last. Four pairs at most. */
  readonly sackEdges: readonly number[];
}

/** How many blocks fit the 40 bytes that options may have. */
export const maxSackBlocks = 4;

const kind = { end: 0, padding: 1, mss: 2, windowShift: 3, sackPermitted: 4, sack: 5 } as const;

/** Reads a SYN's options between two offsets. An option that doesn't fit ends the list; unknown ones are skipped (MUST-5, MUST-6). */
export function parseSynOptions(bytes: Uint8Array, from: number, end: number): SynOptions {
  const found: { -readonly [K in keyof SynOptions]: SynOptions[K] } = { mss: undefined, windowShift: undefined, sackPermitted: false };
  let at = from;
  while (at < end && readU8(bytes, at) !== kind.end) {
    const optionKind = readU8(bytes, at);
    const length = optionKind === kind.padding ? 1 : optionLength(bytes, at, end);
    if (length === 0) break;
    if (optionKind === kind.mss && length === 4) found.mss = readU16(bytes, at + 2);
    else if (optionKind === kind.windowShift && length === 3) found.windowShift = Math.min(14, readU8(bytes, at + 2));
    else if (optionKind === kind.sackPermitted && length === 2) found.sackPermitted = true;
    at += length;
  }
  return found;
}

/** Where the selective acknowledgements begin, with their kind and length; 0 where there are none. Allocates nothing. */
export function sackOptionAt(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && readU8(bytes, at) !== kind.end) {
    const isPadding = readU8(bytes, at) === kind.padding;
    const length = isPadding ? 1 : optionLength(bytes, at, end);
    if (length === 0) break;
    if (!isPadding && readU8(bytes, at) === kind.sack) return at;
    at += length;
  }
  return 0;
}

/** The length of the option at `at`, or 0 where it doesn't fit. */
function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0;
  const length = readU8(bytes, at + 1);
  return length < 2 || at + length > end ? 0 : length;
}

/** How many bytes `emitTcpOptions` writes: a multiple of 4, 40 at most. */
export function tcpOptionsBytes(options: TcpOptions): number {
  const sackBytes = options.sackEdges.length === 0 ? 0 : 4 + 4 * options.sackEdges.length;
  return (options.mss === undefined ? 0 : 4) + (options.windowShift === undefined ? 0 : 4) + (options.sackPermitted ? 4 : 0) + sackBytes;
}

/** Writes `options` at `at`, each padded to a multiple of 4. */
export function emitTcpOptions(bytes: Uint8Array, at: number, options: TcpOptions): void {
  let next = at;
  if (options.mss !== undefined) {
    writeU16(bytes, next, (kind.mss << 8) | 4);
    writeU16(bytes, next + 2, options.mss);
    next += 4;
  }
  if (options.windowShift !== undefined) {
    writeU16(bytes, next, (kind.padding << 8) | kind.windowShift);
    writeU16(bytes, next + 2, (3 << 8) | options.windowShift);
    next += 4;
  }
  if (options.sackPermitted) {
    emitPadded(bytes, next, kind.sackPermitted, 2);
    next += 4;
  }
  if (options.sackEdges.length > 0) emitSack(bytes, next, options.sackEdges);
}

function emitSack(bytes: Uint8Array, at: number, edges: readonly number[]): void {
  emitPadded(bytes, at, kind.sack, 2 + 4 * edges.length);
  edges.forEach((edge, i) => writeU32(bytes, at + 4 + 4 * i, edge));
}

function emitPadded(bytes: Uint8Array, at: number, optionKind: number, length: number): void {
  writeU16(bytes, at, (kind.padding << 8) | kind.padding);
  writeU16(bytes, at + 2, (optionKind << 8) | length);
}
