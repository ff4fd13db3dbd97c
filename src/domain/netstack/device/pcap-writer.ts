/** LINKTYPE_RAW: each record is an IPv4 or IPv6 packet, told apart by its version. @see {@link https://www.tcpdump.org/linktypes.html | tcpdump's list} */
const linkTypeRaw = 101;
/** Of files whose times have microseconds; the reader learns the byte order from it. */
const magic = 0xa1b2c3d4;

export const pcapRecordHeaderBytes = 16;

/**
 * The 24 bytes that a pcap file of raw IP packets begins with, little endian.
 * @param snapBytes - the most that a record holds of a packet
 * @see {@link https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html#section-4 | pcap, §4}
 */
export function pcapFileHeader(snapBytes = 0x40000): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, magic, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapBytes, true);
  view.setUint32(20, linkTypeRaw, true);
  return header;
}

/**
 * One record: its header and a copy of the packet.
 * @param unixMs - wall-clock time in milliseconds since 1970, may have a fraction
 * @param packet - an IP packet, without the device's header
 * @see {@link https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html#section-5 | pcap, §5}
 */
export function pcapRecord(unixMs: number, packet: Uint8Array): Uint8Array {
  const record = new Uint8Array(pcapRecordHeaderBytes + packet.length);
  const view = new DataView(record.buffer);
  const seconds = Math.floor(unixMs / 1000);
  view.setUint32(0, seconds, true);
  view.setUint32(4, Math.min(999_999, Math.floor((unixMs - seconds * 1000) * 1000)), true);
  view.setUint32(8, packet.length, true);
  view.setUint32(12, packet.length, true);
  record.set(packet, pcapRecordHeaderBytes);
  return record;
}
