import type { FlowKey } from './flow-key.ts';
import type { FrameSink } from './stack-events.ts';
import {
  emitIcmp,
  icmpChecksumAt,
  icmpHeaderBytes,
  icmpType,
  quotedBytesLimit,
  unreachableCode,
  type UnreachableReason,
} from './wire/icmp-message.ts';
import { checksumField, foldChecksum, pseudoHeaderSum, sumWords } from './wire/internet-checksum.ts';
import { ipProtocol, type IpPacket } from './wire/ip-packet.ts';
import { emitIpv4, ipv4HeaderBytes } from './wire/ipv4-header.ts';
import { emitIpv6, ipv6HeaderBytes } from './wire/ipv6-header.ts';
import { readU32, writeU16, writeU32 } from './wire/octets.ts';
import { emitTcpOptions, tcpOptionsBytes, type TcpOptions } from './wire/tcp-options.ts';
import { emitTcp, tcpChecksumAt, tcpHeaderBytes, TcpSegment } from './wire/tcp-segment.ts';
import { emitUdp, udpChecksumAt, UdpDatagram, udpHeaderBytes } from './wire/udp-datagram.ts';
import { emitVirtio, virtioFlag, virtioGso, virtioHeaderBytes, VirtioNetHeader } from './wire/virtio-net-header.ts';

/** Where a segment's payload comes from. */
export interface PayloadSource {
  /** Copies `count` payload bytes from sequence number `seq` on to `target[at]`. */
  copyPayload(target: Uint8Array, at: number, seq: number, count: number): void;
}

/** The options of a segment without any. */
export const noTcpOptions: TcpOptions = { mss: undefined, windowShift: undefined, sackPermitted: false, sackEdges: [] };

/** A segment to write. Ports come from the flow, and `payloadBytes` are taken from `payload` at `seq`. Filled anew for every segment. */
export class OutgoingSegment extends TcpSegment {
  options: TcpOptions = noTcpOptions;
  payload: PayloadSource | undefined;
  /** With offload, what the receiver of a larger payload cuts it to. */
  peerMss = 0xffff;
}

/**
 * Writes whole frames straight into a slot of a sink: device header, IP header, transport. Addresses are those of a `FlowKey`, turned round: frames go to the program.
 * Each `write` returns false where the sink has no slot; nothing was done then.
 */
export class FrameWriter {
  readonly #prefixBytes: number;
  readonly #offload: boolean;
  readonly #virtio = new VirtioNetHeader();
  readonly #datagram = new UdpDatagram();
  // The frame being written.
  #slot: Uint8Array = new Uint8Array(0);
  #version: 4 | 6 = 4;
  #protocol = 0;
  #pseudoSum = 0;
  /** Offset and length of the transport header and its payload. */
  #at = 0;
  #lengthBytes = 0;

  /** @param virtioHeader - frames begin with a virtio header, and the device completes checksums and cuts large segments */
  constructor(virtioHeader: boolean) {
    this.#offload = virtioHeader;
    this.#prefixBytes = virtioHeader ? virtioHeaderBytes : 0;
  }

  writeTcp(sink: FrameSink, key: FlowKey, segment: OutgoingSegment): boolean {
    const optionBytes = tcpOptionsBytes(segment.options);
    const headerBytes = tcpHeaderBytes + optionBytes;
    if (!this.#begin(sink, key, ipProtocol.tcp, headerBytes + segment.payloadBytes)) return false;
    segment.sourcePort = key.destinationPort;
    segment.destinationPort = key.sourcePort;
    emitTcp(this.#slot, this.#at, segment, optionBytes);
    emitTcpOptions(this.#slot, this.#at + tcpHeaderBytes, segment.options);
    segment.payload?.copyPayload(this.#slot, this.#at + headerBytes, segment.seq, segment.payloadBytes);
    if (this.#offload && segment.payloadBytes > segment.peerMss) this.#requestCut(headerBytes, segment.peerMss);
    this.#checksum(tcpChecksumAt);
    return this.#finish(sink);
  }

  writeUdp(sink: FrameSink, key: FlowKey, payload: Uint8Array): boolean {
    if (!this.#begin(sink, key, ipProtocol.udp, udpHeaderBytes + payload.length)) return false;
    this.#datagram.sourcePort = key.destinationPort;
    this.#datagram.destinationPort = key.sourcePort;
    this.#datagram.payloadBytes = payload.length;
    emitUdp(this.#slot, this.#at, this.#datagram);
    this.#slot.set(payload, this.#at + udpHeaderBytes);
    this.#checksum(udpChecksumAt);
    return this.#finish(sink);
  }

  /** Answers the echo request in `packet`, whose ICMP body is at `bodyAt` (identifier, sequence, data). */
  writeEchoReply(sink: FrameSink, key: FlowKey, packet: IpPacket, bodyAt: number): boolean {
    const bodyBytes = packet.end - bodyAt;
    if (!this.#begin(sink, key, icmpOf(key), bodyBytes + 4)) return false;
    emitIcmp(this.#slot, this.#at, icmpType[key.version].echoReply, 0);
    this.#slot.set(packet.bytes.subarray(bodyAt, packet.end), this.#at + 4);
    this.#icmpChecksum();
    return this.#finish(sink);
  }

  /** Destination unreachable about the packet that `quoted` begins with, in the name of the address that it was sent to. */
  writeUnreachable(sink: FrameSink, key: FlowKey, reason: UnreachableReason, quoted: Uint8Array): boolean {
    const quotedBytes = Math.min(quoted.length, quotedBytesLimit(key.version));
    if (!this.#begin(sink, key, icmpOf(key), icmpHeaderBytes + quotedBytes)) return false;
    emitIcmp(this.#slot, this.#at, icmpType[key.version].unreachable, unreachableCode[key.version][reason]);
    this.#slot.set(quoted.subarray(0, quotedBytes), this.#at + icmpHeaderBytes);
    this.#icmpChecksum();
    return this.#finish(sink);
  }

  /** Reserves a slot and puts both addresses into it. */
  #begin(sink: FrameSink, key: FlowKey, protocol: number, lengthBytes: number): boolean {
    const at = this.#prefixBytes + (key.version === 4 ? ipv4HeaderBytes : ipv6HeaderBytes);
    const slot = sink.reserve(at + lengthBytes);
    if (!slot) return false;
    this.#slot = slot;
    this.#version = key.version;
    this.#protocol = protocol;
    this.#pseudoSum = pseudoHeaderSum(key.addressSum, protocol, lengthBytes);
    this.#at = at;
    this.#lengthBytes = lengthBytes;
    const count = key.addressBytes;
    for (let i = 0; i < count; i += 4) {
      writeU32(slot, at - 2 * count + i, readU32(key.addresses, count + i));
      writeU32(slot, at - count + i, readU32(key.addresses, i));
    }
    return true;
  }

  /** With offload the field holds the sum of the pseudo-header, which the device goes on from; else the whole checksum. */
  #checksum(fieldAt: number): void {
    if (this.#offload) {
      this.#virtio.flags = virtioFlag.needsChecksum;
      this.#virtio.checksumStart = this.#at - this.#prefixBytes;
      this.#virtio.checksumOffset = fieldAt;
      writeU16(this.#slot, this.#at + fieldAt, foldChecksum(this.#pseudoSum));
      return;
    }
    const field = checksumField(this.#pseudoSum + sumWords(this.#slot, this.#at, this.#lengthBytes));
    // RFC 768: 0 would mean none, so it is sent as its other form.
    writeU16(this.#slot, this.#at + fieldAt, field === 0 && this.#protocol === ipProtocol.udp ? 0xffff : field);
  }

  #icmpChecksum(): void {
    const pseudoSum = this.#version === 4 ? 0 : this.#pseudoSum;
    writeU16(this.#slot, this.#at + icmpChecksumAt, checksumField(pseudoSum + sumWords(this.#slot, this.#at, this.#lengthBytes)));
  }

  #requestCut(headerBytes: number, gsoBytes: number): void {
    this.#virtio.gsoType = this.#version === 4 ? virtioGso.tcpv4 : virtioGso.tcpv6;
    this.#virtio.gsoBytes = gsoBytes;
    this.#virtio.headerBytes = this.#at - this.#prefixBytes + headerBytes;
  }

  #finish(sink: FrameSink): true {
    if (this.#offload) emitVirtio(this.#slot, this.#virtio);
    this.#virtio.clear();
    if (this.#version === 4) emitIpv4(this.#slot, this.#prefixBytes, ipv4HeaderBytes + this.#lengthBytes, this.#protocol);
    else emitIpv6(this.#slot, this.#prefixBytes, this.#lengthBytes, this.#protocol);
    sink.commit(this.#at + this.#lengthBytes);
    return true;
  }
}

function icmpOf(key: FlowKey): number {
  return key.version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6;
}
