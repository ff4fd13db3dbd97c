/**
 * struct virtio_net_hdr, 10 bytes before the packet, little endian (TUNSETVNETLE, or the byte order of every machine that we run on):
 * | flags u8 | gso_type u8 | hdr_len u16 | gso_size u16 | csum_start u16 | csum_offset u16 |
 * @see {@link https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html | virtio 1.2 §5.1.6}
 */
import { readU8 } from './octets.ts';

export const virtioHeaderBytes = 10;

export const virtioFlag = { needsChecksum: 1, dataValid: 2 } as const;
export const virtioGso = { none: 0, tcpv4: 1, udp: 3, tcpv6: 4, udpL4: 5 } as const;

/** Offload of one frame: filled again for every frame. Offsets count from the IP header. */
export class VirtioNetHeader {
  /** Bits of `virtioFlag`. */
  flags = 0;
  /** Of `virtioGso`; of TCP perhaps with the ECN bit (0x80), which the kernel sets, and nobody here looks at. */
  gsoType = 0;
  headerBytes = 0;
  /** Payload of each segment that the receiver cuts from this one. */
  gsoBytes = 0;
  checksumStart = 0;
  checksumOffset = 0;

  /** Whether the sender vouches for the transport checksum: it is still to be made, or was verified. */
  get checksumTrusted(): boolean {
    return (this.flags & (virtioFlag.needsChecksum | virtioFlag.dataValid)) !== 0;
  }

  /** Makes it that of a frame without offload. */
  clear(): void {
    this.flags = this.gsoType = this.headerBytes = this.gsoBytes = this.checksumStart = this.checksumOffset = 0;
  }
}

/** Fills `header` from the first bytes of a frame of `lengthBytes`, which may be fewer than the array's. @returns `truncated` where they are too few */
export function parseVirtio(frame: Uint8Array, header: VirtioNetHeader, lengthBytes = frame.length): 'truncated' | undefined {
  if (lengthBytes < virtioHeaderBytes) return 'truncated';
  header.flags = readU8(frame, 0);
  header.gsoType = readU8(frame, 1);
  header.headerBytes = readLittle(frame, 2);
  header.gsoBytes = readLittle(frame, 4);
  header.checksumStart = readLittle(frame, 6);
  header.checksumOffset = readLittle(frame, 8);
  return undefined;
}

/** Writes `header` as the first bytes of `frame`. */
export function emitVirtio(frame: Uint8Array, header: VirtioNetHeader): void {
  frame[0] = header.flags;
  frame[1] = header.gsoType;
  writeLittle(frame, 2, header.headerBytes);
  writeLittle(frame, 4, header.gsoBytes);
  writeLittle(frame, 6, header.checksumStart);
  writeLittle(frame, 8, header.checksumOffset);
}

function readLittle(bytes: Uint8Array, offset: number): number {
  return readU8(bytes, offset) | (readU8(bytes, offset + 1) << 8);
}

function writeLittle(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}
