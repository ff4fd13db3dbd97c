import { foldChecksum, pseudoHeaderSum, sumWords } from './wire/internet-checksum.ts';
import { ipProtocol, type IpPacket, type ParseFailure } from './wire/ip-packet.ts';
import { parseIpv4 } from './wire/ipv4-header.ts';
import { parseIpv6 } from './wire/ipv6-header.ts';
import { readU32, readU8 } from './wire/octets.ts';

/** Parses the IP packet that a frame holds from `start` to before `end`. @returns what is wrong, or `undefined` */
export function parsePacket(frame: Uint8Array, start: number, packet: IpPacket, end = frame.length): ParseFailure | undefined {
  if (end <= start) return 'truncated';
  const version = readU8(frame, start) >> 4;
  if (version !== 4 && version !== 6) return 'bad-version';
  const failure = version === 4 ? parseIpv4(frame, start, end, packet) : parseIpv6(frame, start, end, packet);
  return failure ?? (isUnicast(packet) ? undefined : 'not-unicast');
}

/** Whether the transport checksum is right. @param addressSum - of both addresses; 0 for ICMP over IPv4, which has no pseudo-header */
export function hasGoodChecksum(packet: IpPacket, addressSum: number): boolean {
  const { payloadBytes } = packet;
  const pseudoSum = packet.protocol === ipProtocol.icmp ? 0 : pseudoHeaderSum(addressSum, packet.protocol, payloadBytes);
  return foldChecksum(pseudoSum + sumWords(packet.bytes, packet.payloadAt, payloadBytes)) === 0xffff;
}

/** Neither end is multicast, broadcast or unspecified: nobody could answer, or be answered. */
function isUnicast(packet: IpPacket): boolean {
  return isUnicastAddress(packet, packet.sourceAt) && isUnicastAddress(packet, packet.destinationAt);
}

function isUnicastAddress(packet: IpPacket, at: number): boolean {
  const first = readU8(packet.bytes, at);
  if (packet.version === 4) return first > 0 && (first < 224 || first >= 240) && readU32(packet.bytes, at) !== -1;
  if (first === 0xff) return false;
  return (readU32(packet.bytes, at) | readU32(packet.bytes, at + 4) | readU32(packet.bytes, at + 8) | readU32(packet.bytes, at + 12)) !== 0;
}
