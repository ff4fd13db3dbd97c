import { checksumField, sumWords } from '../wire/internet-checksum.ts';
import { writeU16 } from '../wire/octets.ts';
import { parseVirtio, virtioFlag, virtioGso, virtioHeaderBytes, VirtioNetHeader } from '../wire/virtio-net-header.ts';

/**
 * Flips one bit of the IP packet that `frame` holds, in place, so that the receiver can notice: with a virtio header the checksum is completed first,
 * and the header then asks for nothing and vouches for nothing. What no checksum can hold together, datagrams that the receiver is yet to cut, stays as it is.
 * What a flip changes unnoticed is only what a packet's reader ignores: class, flow label and hop limit of IPv6, which has no header checksum.
 * @param virtioHeader - the frame begins with one
 * @param random - a number from 0 to below 1
 */
export function corruptFrame(frame: Uint8Array, virtioHeader: boolean, random: () => number): void {
  if (virtioHeader && !takeOffOffload(frame)) return;
  const from = virtioHeader ? virtioHeaderBytes : 0;
  const at = from + Math.floor(random() * (frame.length - from));
  const bit = 1 << Math.floor(random() * 8);
  if (at < frame.length) frame[at] = (frame[at] as number) ^ bit;
}

/** Makes the frame one that is verified by its receiver. @returns whether it could */
function takeOffOffload(frame: Uint8Array): boolean {
  const offload = new VirtioNetHeader();
  if (parseVirtio(frame, offload) || offload.gsoType === virtioGso.udp || offload.gsoType === virtioGso.udpL4) return false;
  if ((offload.flags & virtioFlag.needsChecksum) !== 0) completeChecksum(frame, offload);
  frame.fill(0, 0, virtioHeaderBytes);
  return true;
}

/** The field holds the sum of the pseudo-header already. */
function completeChecksum(frame: Uint8Array, offload: VirtioNetHeader): void {
  const start = virtioHeaderBytes + offload.checksumStart;
  const field = start + offload.checksumOffset;
  if (field + 2 > frame.length) return;
  // 0 would mean none to UDP (RFC 768); to the others its other form is the same.
  writeU16(frame, field, checksumField(sumWords(frame, start, frame.length - start)) || 0xffff);
}
