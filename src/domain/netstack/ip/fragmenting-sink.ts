import type { PacketPool } from '../buffer/packet-pool.ts';
import type { StackCounters } from '../stack-counters.ts';
import type { FrameSink } from '../stack-events.ts';
import { checksumField, sumWords } from '../wire/internet-checksum.ts';
import { IpFragment } from '../wire/ip-fragment.ts';
import { ipProtocol } from '../wire/ip-packet.ts';
import { emitIpv4, emitIpv4Fragment, ipv4HeaderBytes } from '../wire/ipv4-header.ts';
import { emitIpv6Fragment, ipv6FragmentHeaderBytes } from '../wire/ipv6-fragment-header.ts';
import { emitIpv6, ipv6HeaderBytes } from '../wire/ipv6-header.ts';
import { readU8, writeU16 } from '../wire/octets.ts';
import { parseVirtio, virtioFlag, VirtioNetHeader } from '../wire/virtio-net-header.ts';

/** What a `FragmentingSink` is made of. */
export interface FragmentingSinkParts {
  /** The device's: frames go there where none waits before them. */
  readonly sink: FrameSink;
  /** Where frames wait for the device. */
  readonly pool: PacketPool;
  readonly counters: StackCounters;
  readonly mtuBytes: number;
  /** Of the device's header before each packet. */
  readonly prefixBytes: number;
  /** Of the first datagram that is cut; the next ones count on from it. */
  readonly firstIdentification: number;
}

/**
 * Passes frames to the device, or where it is full, into a pool; those whose packet is larger than the MTU as fragments, all or none, and always through the pool. Their headers must be those that `FrameWriter` writes.
 * @see {@link https://www.rfc-editor.org/rfc/rfc791#section-3.2 | RFC 791 §3.2}, {@link https://www.rfc-editor.org/rfc/rfc8200#section-4.5 | RFC 8200 §4.5}
 */
export class FragmentingSink implements FrameSink {
  readonly #parts: FragmentingSinkParts;
  readonly #virtio = new VirtioNetHeader();
  readonly #fragment = new IpFragment();
  #identification: number;
  /** A frame that is larger than the MTU, until it is cut; made when the first one comes. */
  #large = new Uint8Array(0);
  /** Where the frame that is being written is. */
  #at: 'device' | 'pool' | 'large' = 'pool';

  constructor(parts: FragmentingSinkParts) {
    this.#parts = parts;
    this.#identification = parts.firstIdentification;
  }

  reserve(sizeBytes: number): Uint8Array | undefined {
    const { pool, mtuBytes, prefixBytes } = this.#parts;
    if (sizeBytes <= prefixBytes + mtuBytes) return this.#reserveWhole(sizeBytes);
    this.#at = 'large';
    // Which version it will be isn't known yet: the smaller parts are IPv6's.
    const count = Math.ceil((sizeBytes - prefixBytes) / this.#partBytes(6));
    if (!pool.hasRoomFor(count, prefixBytes + mtuBytes)) return undefined;
    if (this.#large.length === 0) this.#large = new Uint8Array(prefixBytes + ipv6HeaderBytes + 0xffff);
    return this.#large.subarray(0, sizeBytes);
  }

  commit(lengthBytes: number): void {
    const { sink, pool, counters } = this.#parts;
    if (this.#at === 'pool') return pool.commit(lengthBytes);
    if (this.#at === 'large') return this.#commitLarge(lengthBytes);
    sink.commit(lengthBytes);
    counters.packetsOut++;
  }

  /** Neither copied nor viewed where the device has room: a slot of its own. */
  #reserveWhole(sizeBytes: number): Uint8Array | undefined {
    const { sink, pool } = this.#parts;
    const slot = pool.isEmpty ? sink.reserve(sizeBytes) : undefined;
    this.#at = slot ? 'device' : 'pool';
    return slot ?? pool.reserve(sizeBytes);
  }

  #commitLarge(lengthBytes: number): void {
    const version = readU8(this.#large, this.#parts.prefixBytes) >> 4 === 4 ? 4 : 6;
    const payloadAt = this.#parts.prefixBytes + (version === 4 ? ipv4HeaderBytes : ipv6HeaderBytes);
    if (this.#parts.prefixBytes > 0) this.#completeChecksum(lengthBytes);
    this.#parts.counters.datagramsFragmented++;
    this.#fragment.identification = this.#identification++ | 0;
    const partBytes = this.#partBytes(version);
    for (let at = payloadAt; at < lengthBytes; at += partBytes) {
      const end = Math.min(lengthBytes, at + partBytes);
      this.#fragment.offsetBytes = at - payloadAt;
      this.#fragment.more = end < lengthBytes;
      this.#commitPart(version, at, end);
    }
  }

  /** Payload of each part but the last. */
  #partBytes(version: 4 | 6): number {
    const headerBytes = version === 4 ? ipv4HeaderBytes : ipv6HeaderBytes + ipv6FragmentHeaderBytes;
    return (this.#parts.mtuBytes - headerBytes) & ~7;
  }

  /** A device completes the checksum of a whole datagram only. */
  #completeChecksum(lengthBytes: number): void {
    parseVirtio(this.#large, this.#virtio);
    if ((this.#virtio.flags & virtioFlag.needsChecksum) === 0) return;
    const start = this.#parts.prefixBytes + this.#virtio.checksumStart;
    const field = checksumField(sumWords(this.#large, start, lengthBytes - start));
    // Of UDP, the only one of them that gets so large, 0 would mean none (RFC 768).
    writeU16(this.#large, start + this.#virtio.checksumOffset, field === 0 ? 0xffff : field);
  }

  /** The bytes of the large frame from `at` to `end`, with a header of their own. */
  #commitPart(version: 4 | 6, at: number, end: number): void {
    const { pool, prefixBytes } = this.#parts;
    const headerBytes = version === 4 ? ipv4HeaderBytes : ipv6HeaderBytes;
    const partAt = prefixBytes + headerBytes + (version === 4 ? 0 : ipv6FragmentHeaderBytes);
    const slot = pool.reserve(partAt + end - at);
    if (!slot) return; // never: `reserve` has made sure
    slot.fill(0, 0, prefixBytes);
    slot.set(this.#large.subarray(prefixBytes, prefixBytes + headerBytes), prefixBytes);
    slot.set(this.#large.subarray(at, end), partAt);
    if (version === 4) {
      emitIpv4(slot, prefixBytes, ipv4HeaderBytes + end - at, readU8(this.#large, prefixBytes + 9));
      emitIpv4Fragment(slot, prefixBytes, this.#fragment);
    } else {
      emitIpv6(slot, prefixBytes, ipv6FragmentHeaderBytes + end - at, ipProtocol.fragment);
      emitIpv6Fragment(slot, prefixBytes + ipv6HeaderBytes, readU8(this.#large, prefixBytes + 6), this.#fragment);
    }
    pool.commit(partAt + end - at);
  }
}
