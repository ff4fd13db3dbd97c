import { parsePacket } from '../packet-parser.ts';
import type { IpPacket, ParseFailure } from '../wire/ip-packet.ts';
import { emitIpv4, ipv4HeaderBytes } from '../wire/ipv4-header.ts';
import { emitIpv6, ipv6HeaderBytes } from '../wire/ipv6-header.ts';
import { readU32, writeU32 } from '../wire/octets.ts';

/** In front of the payload, for either header: both end with the two addresses. */
const headerBytes = ipv6HeaderBytes;
const firstBytes = 4096;
const mostBytes = headerBytes + 0xffff;
/** Ranges with gaps between them: fragments in order make one, any order of those of an MTU of 1280 at most 26. */
const maxRanges = 64;

interface Range {
  /** Offsets in the payload: the first byte, and one past the last. */
  from: number;
  to: number;
}

/**
 * A datagram whose fragments haven't all come. They are put where they belong at once; what is there already is kept as ranges.
 * Fragments that overlap make all of it void, for which of them is right can't be known, save those that only repeat what is there.
 * @see {@link https://www.rfc-editor.org/rfc/rfc791#section-3.2 | RFC 791 §3.2}, {@link https://www.rfc-editor.org/rfc/rfc5722#section-4 | RFC 5722 §4}
 */
export class PartialDatagram {
  readonly deadline: number;
  readonly #version: 4 | 6;
  readonly #identification: number;
  /** That of the first fragment: over IPv6 those of the others mean nothing. */
  #protocol: number;
  #bytes = new Uint8Array(headerBytes);
  /** Sorted, with gaps between them. */
  #ranges: Range[] = [];
  /** Of the whole payload, once the last fragment told. */
  #payloadBytes = Infinity;
  #isVoid = false;

  /** @param packet - one of its fragments, which isn't added. @param deadline - when it is to be forgotten */
  constructor(packet: IpPacket, deadline: number) {
    this.deadline = deadline;
    this.#version = packet.version;
    this.#identification = packet.fragment.identification;
    this.#protocol = packet.protocol;
    const count = packet.addressBytes * 2;
    for (let i = 0; i < count; i += 4) writeU32(this.#bytes, headerBytes - count + i, readU32(packet.bytes, packet.sourceAt + i));
  }

  /** What it takes of memory. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Whether fragments overlapped: then what else comes of it is to be ignored, until it is forgotten. */
  get isVoid(): boolean {
    return this.#isVoid;
  }

  get isWhole(): boolean {
    const [first] = this.#ranges;
    return first?.from === 0 && first.to === this.#payloadBytes;
  }

  /** Whether `packet` is a fragment of it. */
  matches(packet: IpPacket): boolean {
    if (packet.fragment.identification !== this.#identification || packet.version !== this.#version) return false;
    // Over IPv4 the protocol is part of a datagram's name.
    if (packet.version === 4 && packet.protocol !== this.#protocol) return false;
    const count = packet.addressBytes * 2;
    for (let i = 0; i < count; i += 4) {
      if (readU32(this.#bytes, headerBytes - count + i) !== readU32(packet.bytes, packet.sourceAt + i)) return false;
    }
    return true;
  }

  /** Adds a fragment, whose end is within what a datagram can hold; makes all void where it contradicts the others. */
  add(packet: IpPacket): void {
    const { offsetBytes: from, more } = packet.fragment;
    const to = from + packet.payloadBytes;
    if (this.#isRepeated(packet, from, to)) return;
    if (this.#contradicts(from, to, more) || !this.#insertRange(from, to)) {
      this.#makeVoid();
      return;
    }
    if (!more) this.#payloadBytes = to;
    if (from === 0) this.#protocol = packet.protocol;
    this.#growFor(headerBytes + to);
    this.#bytes.set(packet.bytes.subarray(packet.payloadAt, packet.end), headerBytes + from);
  }

  /** Makes `packet` the whole datagram, without options or extension headers of its fragments. @returns what is wrong with it, or `undefined` */
  finish(packet: IpPacket): ParseFailure | undefined {
    const start = this.#version === 4 ? headerBytes - ipv4HeaderBytes : 0;
    if (this.#version === 4) emitIpv4(this.#bytes, start, ipv4HeaderBytes + this.#payloadBytes, this.#protocol);
    else emitIpv6(this.#bytes, start, this.#payloadBytes, this.#protocol);
    // A datagram cut twice isn't put together twice.
    return parsePacket(this.#bytes, start, packet) ?? (packet.fragment.isPart ? 'extension-header' : undefined);
  }

  #isRepeated(packet: IpPacket, from: number, to: number): boolean {
    if (!this.#ranges.some((range) => range.from <= from && to <= range.to)) return false;
    for (let i = from; i < to; i++) {
      if (packet.bytes[packet.payloadAt + i - from] !== this.#bytes[headerBytes + i]) return false;
    }
    return packet.fragment.more || to === this.#payloadBytes;
  }

  #contradicts(from: number, to: number, more: boolean): boolean {
    if (to > this.#payloadBytes || (!more && (this.#ranges.at(-1)?.to ?? 0) > to)) return true;
    return this.#ranges.some((range) => from < range.to && range.from < to);
  }

  /** @returns false where there would be too many */
  #insertRange(from: number, to: number): boolean {
    const after = this.#ranges.findIndex((range) => range.from >= to);
    const at = after < 0 ? this.#ranges.length : after;
    const before = this.#ranges[at - 1];
    const next = this.#ranges[at];
    const inserted = { from: before?.to === from ? before.from : from, to: next?.from === to ? next.to : to };
    const joinsBefore = before?.to === from ? 1 : 0;
    this.#ranges.splice(at - joinsBefore, joinsBefore + (next?.from === to ? 1 : 0), inserted);
    return this.#ranges.length <= maxRanges;
  }

  #growFor(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length) return;
    let size = Math.max(firstBytes, this.#bytes.length);
    while (size < neededBytes) size *= 2;
    const grown = new Uint8Array(Math.min(size, mostBytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #makeVoid(): void {
    this.#isVoid = true;
    this.#bytes = new Uint8Array(this.#bytes.subarray(0, headerBytes));
    this.#ranges = [];
    this.#payloadBytes = Infinity;
  }
}
