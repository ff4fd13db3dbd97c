/**
 *  0                   1                   2                   3
 * |          Source Port          |       Destination Port        |
 * |                        Sequence Number                        |
 * |                    Acknowledgment Number                      |
 * | Offset| Rsrvd |C|E|U|A|P|R|S|F|            Window             |
 * |           Checksum            |         Urgent Pointer        |
 * |                            Options                            |
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.1 | RFC 9293 §3.1}
 */
import type { IpPacket, ParseFailure } from './ip-packet.ts';
import { readU16, readU32, readU8, writeU16, writeU32 } from './octets.ts';

/** Of a header without options. */
export const tcpHeaderBytes = 20;
/** Where the checksum is, from the header's start. */
export const tcpChecksumAt = 16;

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** The fields of one segment, and where its options and payload are: filled again for every segment. */
export class TcpSegment {
  sourcePort = 0;
  destinationPort = 0;
  /** Signed 32-bit; see `readU32`. */
  seq = 0;
  ack = 0;
  /** Bits of `tcpFlag`; the others are kept but mean nothing to us. */
  flags = 0;
  /** As on the wire, unscaled: 0 to 65535. */
  window = 0;
  optionsAt = 0;
  payloadAt = 0;
  payloadBytes = 0;

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** What it takes of the sequence space: payload, SYN and FIN. */
  get length(): number {
    return this.payloadBytes + (this.has(tcpFlag.syn) ? 1 : 0) + (this.has(tcpFlag.fin) ? 1 : 0);
  }
}

/** Fills `segment` from what `packet` carries; the checksum is the caller's to verify. @returns what is wrong, or `undefined` */
export function parseTcp(packet: IpPacket, segment: TcpSegment): ParseFailure | undefined {
  const { bytes, payloadAt: start } = packet;
  if (packet.payloadBytes < tcpHeaderBytes) return 'truncated';
  const headerBytes = (readU8(bytes, start + 12) >> 4) * 4;
  if (headerBytes < tcpHeaderBytes) return 'bad-length';
  if (headerBytes > packet.payloadBytes) return 'truncated';
  segment.sourcePort = readU16(bytes, start);
  segment.destinationPort = readU16(bytes, start + 2);
  if (segment.sourcePort === 0 || segment.destinationPort === 0) return 'bad-port';
  segment.seq = readU32(bytes, start + 4);
  segment.ack = readU32(bytes, start + 8);
  segment.flags = readU8(bytes, start + 13);
  segment.window = readU16(bytes, start + 14);
  segment.optionsAt = start + tcpHeaderBytes;
  segment.payloadAt = start + headerBytes;
  segment.payloadBytes = packet.end - segment.payloadAt;
  return undefined;
}

/** Writes the header with checksum 0; `optionBytes`, a multiple of 4, follow it. The options are the caller's to write. */
export function emitTcp(bytes: Uint8Array, start: number, segment: TcpSegment, optionBytes: number): void {
  writeU16(bytes, start, segment.sourcePort);
  writeU16(bytes, start + 2, segment.destinationPort);
  writeU32(bytes, start + 4, segment.seq);
  writeU32(bytes, start + 8, segment.ack);
  bytes[start + 12] = ((tcpHeaderBytes + optionBytes) / 4) << 4;
  bytes[start + 13] = segment.flags;
  writeU16(bytes, start + 14, segment.window);
  writeU32(bytes, start + tcpChecksumAt, 0);
}
