/**
 *  0                   1                   2                   3
 * |          Source Port          |       Destination Port        |
 * |            Length             |           Checksum            |
 * @see {@link https://www.rfc-editor.org/rfc/rfc768 | RFC 768}
 */
import type { IpPacket, ParseFailure } from './ip-packet.ts';
import { readU16, writeU16, writeU32 } from './octets.ts';

export const udpHeaderBytes = 8;
/** Where the checksum is, from the header's start. */
export const udpChecksumAt = 6;

/** The fields of one datagram, and where its payload is: filled again for every datagram. */
export class UdpDatagram {
  sourcePort = 0;
  destinationPort = 0;
  /** As on the wire: over IPv4, 0 is none. */
  checksum = 0;
  payloadAt = 0;
  payloadBytes = 0;
}

/** Fills `datagram` from what `packet` carries; the checksum is the caller's to verify. @returns what is wrong, or `undefined` */
export function parseUdp(packet: IpPacket, datagram: UdpDatagram): ParseFailure | undefined {
  const { bytes, payloadAt: start } = packet;
  if (packet.payloadBytes < udpHeaderBytes) return 'truncated';
  const lengthBytes = readU16(bytes, start + 4);
  if (lengthBytes < udpHeaderBytes) return 'bad-length';
  if (lengthBytes > packet.payloadBytes) return 'truncated';
  datagram.sourcePort = readU16(bytes, start);
  datagram.destinationPort = readU16(bytes, start + 2);
  // Source port 0 is allowed by the RFC, but it can't be answered, so it is no flow.
  if (datagram.sourcePort === 0 || datagram.destinationPort === 0) return 'bad-port';
  datagram.checksum = readU16(bytes, start + udpChecksumAt);
  datagram.payloadAt = start + udpHeaderBytes;
  datagram.payloadBytes = lengthBytes - udpHeaderBytes;
  // RFC 8200 §8.1: over IPv6 a checksum is required.
  return packet.version === 6 && datagram.checksum === 0 ? 'bad-checksum' : undefined;
}

/** Writes the header with checksum 0 for `payloadBytes` that follow it. */
export function emitUdp(bytes: Uint8Array, start: number, datagram: UdpDatagram): void {
  writeU16(bytes, start, datagram.sourcePort);
  writeU16(bytes, start + 2, datagram.destinationPort);
  writeU32(bytes, start + 4, (udpHeaderBytes + datagram.payloadBytes) << 16);
}
