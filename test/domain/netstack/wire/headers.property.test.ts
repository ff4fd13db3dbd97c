import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emitIcmp, IcmpMessage, parseIcmp } from '../../../../src/domain/netstack/wire/icmp-message.ts';
import { IpFragment } from '../../../../src/domain/netstack/wire/ip-fragment.ts';
import { parsePacket } from '../../../../src/domain/netstack/packet-parser.ts';
import { IpPacket, type ParseFailure } from '../../../../src/domain/netstack/wire/ip-packet.ts';
import { emitIpv4, emitIpv4Fragment, parseIpv4, parseIpv4Quote } from '../../../../src/domain/netstack/wire/ipv4-header.ts';
import { emitIpv6Fragment } from '../../../../src/domain/netstack/wire/ipv6-fragment-header.ts';
import { emitIpv6, parseIpv6, parseIpv6Quote } from '../../../../src/domain/netstack/wire/ipv6-header.ts';
import { emitTcpOptions, parseSynOptions, sackOptionAt, tcpOptionsBytes } from '../../../../src/domain/netstack/wire/tcp-options.ts';
import { emitTcp, parseTcp, TcpSegment } from '../../../../src/domain/netstack/wire/tcp-segment.ts';
import { emitUdp, parseUdp, UdpDatagram } from '../../../../src/domain/netstack/wire/udp-datagram.ts';
import { emitVirtio, parseVirtio, VirtioNetHeader } from '../../../../src/domain/netstack/wire/virtio-net-header.ts';

const u8 = fc.nat(255);
const u16 = fc.nat(65_535);
const port = fc.integer({ min: 1, max: 65_535 });
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const start = fc.nat(12);

/** A packet whose IP header was parsed already, with `payloadBytes` from `payloadAt` on. */
function carrying(bytes: Uint8Array, payloadAt: number, payloadBytes: number, version: 4 | 6 = 4): IpPacket {
  return Object.assign(new IpPacket(), { bytes, version, payloadAt, end: payloadAt + payloadBytes });
}

describe('parse after emit is identity', () => {
  it('IPv4', () =>
    fc.assert(
      fc.property(start, fc.nat(1400), u8, (at, payloadBytes, protocol) => {
        const bytes = new Uint8Array(at + 20 + payloadBytes + 5).fill(9);
        emitIpv4(bytes, at, 20 + payloadBytes, protocol);
        const packet = new IpPacket();
        expect(parseIpv4(bytes, at, bytes.length, packet)).toBeUndefined();
        expect(packet).toMatchObject({ version: 4, start: at, protocol, hopLimit: 64, payloadAt: at + 20, end: at + 20 + payloadBytes });
      }),
    ));

  it('IPv6', () =>
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 1400 }), fc.constantFrom(6, 17, 58, 99), (at, payloadBytes, protocol) => {
        const bytes = new Uint8Array(at + 40 + payloadBytes + 5).fill(9);
        emitIpv6(bytes, at, payloadBytes, protocol);
        const packet = new IpPacket();
        expect(parseIpv6(bytes, at, bytes.length, packet)).toBeUndefined();
        expect(packet).toMatchObject({ version: 6, start: at, protocol, hopLimit: 64, payloadAt: at + 40, payloadBytes });
      }),
    ));

  it('IPv4 and IPv6 fragments', () =>
    fc.assert(
      fc.property(start, i32, fc.nat(8191), fc.boolean(), (at, identification, units, more) => {
        const fragment = Object.assign(new IpFragment(), { identification, offsetBytes: units * 8, more });
        const bytes = new Uint8Array(at + 60).fill(9);
        emitIpv4(bytes, at, 40, 17);
        emitIpv4Fragment(bytes, at, fragment);
        const packet = new IpPacket();
        expect(parseIpv4(bytes, at, bytes.length, packet)).toBeUndefined();
        expect(packet.fragment).toEqual(Object.assign(new IpFragment(), fragment, { identification: identification & 0xffff }));
        emitIpv6(bytes, at, 20, 44);
        emitIpv6Fragment(bytes, at + 40, 17, fragment);
        expect(parseIpv6(bytes, at, bytes.length, packet)).toBeUndefined();
        expect(packet).toMatchObject({ fragment, protocol: 17, payloadAt: at + 48, end: at + 60 });
      }),
    ));

  it('TCP, with options', () =>
    fc.assert(
      fc.property(
        start,
        fc.record({ sourcePort: port, destinationPort: port, seq: i32, ack: i32, flags: u8, window: u16 }),
        fc.record({
          mss: fc.option(u16, { nil: undefined }),
          windowShift: fc.option(fc.nat(14), { nil: undefined }),
          sackPermitted: fc.boolean(),
        }),
        fc.nat(50),
        (at, fields, offered, payloadBytes) => {
          const options = { ...offered, sackEdges: [] };
          const optionBytes = tcpOptionsBytes(options);
          const bytes = new Uint8Array(at + 20 + optionBytes + payloadBytes).fill(9);
          emitTcp(bytes, at, Object.assign(new TcpSegment(), fields), optionBytes);
          emitTcpOptions(bytes, at + 20, options);
          const segment = new TcpSegment();
          expect(parseTcp(carrying(bytes, at, bytes.length - at), segment)).toBeUndefined();
          expect(segment).toMatchObject({ ...fields, payloadBytes, payloadAt: at + 20 + optionBytes });
          expect(parseSynOptions(bytes, segment.optionsAt, segment.payloadAt)).toEqual(offered);
        },
      ),
    ));

  it('UDP', () =>
    fc.assert(
      fc.property(start, fc.record({ sourcePort: port, destinationPort: port, payloadBytes: fc.nat(1400) }), (at, fields) => {
        const bytes = new Uint8Array(at + 8 + fields.payloadBytes + 3).fill(9);
        emitUdp(bytes, at, Object.assign(new UdpDatagram(), fields));
        const datagram = new UdpDatagram();
        expect(parseUdp(carrying(bytes, at, bytes.length - at), datagram)).toBeUndefined();
        expect(datagram).toMatchObject({ ...fields, checksum: 0, payloadAt: at + 8 });
      }),
    ));

  it('ICMP', () =>
    fc.assert(
      fc.property(start, u8, u8, fc.nat(60), (at, type, code, bodyBytes) => {
        const bytes = new Uint8Array(at + 8 + bodyBytes).fill(9);
        emitIcmp(bytes, at, type, code);
        const message = new IcmpMessage();
        expect(parseIcmp(carrying(bytes, at, 8 + bodyBytes), message)).toBeUndefined();
        expect(message).toMatchObject({ type, code, bodyAt: at + 4, bodyBytes: bodyBytes + 4 });
      }),
    ));

  it('virtio', () =>
    fc.assert(
      fc.property(
        u8,
        fc.constantFrom(0, 1, 4, 5),
        fc.tuple(u16, u16, u16, u16),
        (flags, gsoType, [headerBytes, gsoBytes, checksumStart, checksumOffset]) => {
          const fields = { flags, gsoType, headerBytes, gsoBytes, checksumStart, checksumOffset };
          const frame = new Uint8Array(10).fill(9);
          emitVirtio(frame, Object.assign(new VirtioNetHeader(), fields));
          const header = new VirtioNetHeader();
          expect(parseVirtio(frame, header)).toBeUndefined();
          expect(header).toMatchObject(fields);
        },
      ),
    ));
});

/** Any bytes; or such that begin like a header of either version, or like options. */
const rather = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(
      fc.constantFrom(0x45, 0x46, 0x60),
      fc.constantFrom(0, 6, 17, 43, 44, 60),
      fc.nat(120),
      fc.uint8Array({ minLength: 8, maxLength: 120 }),
    )
    .map(([first, protocol, length, bytes]) => {
      const shaped = bytes.slice();
      shaped.set(first === 0x60 ? [first, 0, 0, 0, 0, length, protocol] : [first, 0, 0, length], 0);
      if (first === 0x60) shaped.fill(0, 41, 44);
      return shaped;
    }),
  fc
    .array(
      fc.oneof(
        fc.constant([1]),
        fc
          .tuple(fc.constantFrom(2, 3, 4, 5, 9), fc.nat(12))
          .map(([kind, length]) => [kind, length, ...new Uint8Array(Math.max(0, length - 2))]),
      ),
      { maxLength: 8 },
    ) // prettier-ignore
    .map((options) => Uint8Array.from(options.flat())),
);

/** As the stack parses a frame. */
function parsePart(bytes: Uint8Array, start: number, end: number, packet: IpPacket): ParseFailure | undefined {
  return parsePacket(bytes, start, packet, end);
}

describe('parse', () => {
  it('of any bytes neither throws nor leaves them', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom<4 | 6>(4, 6), (bytes, version) => {
        const packet = new IpPacket();
        const failure = version === 4 ? parseIpv4(bytes, 0, bytes.length, packet) : parseIpv6(bytes, 0, bytes.length, packet);
        if (!failure) expect(packet.payloadAt <= packet.end && packet.end <= bytes.length).toBe(true);
        const quoted = version === 4 ? parseIpv4Quote(bytes, 0, bytes.length, packet) : parseIpv6Quote(bytes, 0, bytes.length, packet);
        if (!quoted) expect(packet.payloadAt <= packet.end && packet.end <= bytes.length).toBe(true);
        // What passes as a packet passes as the quote of one.
        if (!failure) expect(quoted).toBeUndefined();
        const whole = carrying(bytes, 0, bytes.length, version);
        const segment = new TcpSegment();
        if (!parseTcp(whole, segment)) expect(segment.payloadAt + segment.payloadBytes).toBe(bytes.length);
        const datagram = new UdpDatagram();
        if (!parseUdp(whole, datagram)) expect(datagram.payloadAt + datagram.payloadBytes).toBeLessThanOrEqual(bytes.length);
        parseIcmp(whole, new IcmpMessage());
        parseSynOptions(bytes, 0, bytes.length);
        parseVirtio(bytes, new VirtioNetHeader());
      }),
    ));

  it('of a part of an array, with a start and an end, finds what it finds in that part alone', () =>
    fc.assert(
      fc.property(rather, fc.nat(30), fc.nat(30), fc.nat(4), (inner, before, after, cut) => {
        const start = before;
        const end = before + Math.max(0, inner.length - cut);
        const [bytes, others] = [0x00, 0xff].map((filling) => {
          const whole = new Uint8Array(before + inner.length + after).fill(filling);
          whole.set(inner.subarray(0, end - start), before);
          return whole;
        }) as [Uint8Array, Uint8Array];
        for (const parse of [parseIpv4, parseIpv6, parseIpv4Quote, parseIpv6Quote, parsePart]) {
          const found = [bytes, others].map((each) => {
            const packet = new IpPacket();
            const failure = parse(each, start, end, packet);
            packet.bytes = new Uint8Array(0); // they differ, all round
            return failure ?? packet;
          });
          expect(found[0]).toEqual(found[1]);
          if (typeof found[0] === 'object') expect(found[0].payloadAt <= found[0].end && found[0].end <= end).toBe(true);
        }
        expect(parseSynOptions(bytes, start, end)).toEqual(parseSynOptions(others, start, end));
        const at = sackOptionAt(bytes, start, end);
        expect(at).toBe(sackOptionAt(others, start, end));
        if (at !== 0) expect(at >= start && at + (bytes[at + 1] ?? 0) <= end).toBe(true);
      }),
      { numRuns: 500 },
    ));

  it('skips IPv6 extension headers, and names what it does not follow', () => {
    const make = (next: number, ...chain: readonly (readonly number[])[]) => {
      const extension = chain.flatMap(([own = 0, ...rest]) => [own, 0, 0, 0, 0, 0, 0, 0].with(1, rest[0] ?? 0).with(3, rest[1] ?? 0));
      const bytes = new Uint8Array(40 + extension.length + 8);
      emitIpv6(bytes, 0, extension.length + 8, next);
      bytes.set(extension, 40);
      const packet = new IpPacket();
      return { failure: parseIpv6(bytes, 0, bytes.length, packet), protocol: packet.protocol, payloadAt: packet.payloadAt, packet };
    };
    const whole = { failure: undefined, protocol: 6 };
    expect(make(0, [60], [6])).toMatchObject({ ...whole, payloadAt: 56 });
    expect(make(0, [43], [60], [6])).toMatchObject({ ...whole, payloadAt: 64 });
    expect(make(60, ...Array.from({ length: 7 }, () => [60]), [6])).toMatchObject({ ...whole, payloadAt: 104 });
    expect(make(60, ...Array.from({ length: 8 }, () => [60]), [6]).failure).toBe('extension-header');
    expect(make(43, [6, 0, 1]).failure).toBe('extension-header');
    expect(make(60, [0], [6]).failure).toBe('extension-header');
    expect(make(0, [6, 9]).failure).toBe('truncated');
    // A part stops at its own header; an atomic fragment is a whole datagram.
    expect(make(44, [60, 0, 1])).toMatchObject({ failure: undefined, protocol: 60, payloadAt: 48 });
    expect(make(44, [60], [6])).toMatchObject({ ...whole, payloadAt: 56 });
    expect([make(44, [60, 0, 1]).packet.fragment.isPart, make(44, [60], [6]).packet.fragment.isPart]).toEqual([true, false]);
  });

  it('names what is wrong with IPv4', () => {
    const make = (change: (bytes: Uint8Array) => void) => {
      const bytes = new Uint8Array(28);
      emitIpv4(bytes, 0, 28, 6);
      change(bytes);
      return parseIpv4(bytes, 0, bytes.length, new IpPacket());
    };
    expect(make((bytes) => (bytes[0] = 0x44))).toBe('bad-length');
    expect(make((bytes) => (bytes[3] = 29))).toBe('truncated');
    expect(make((bytes) => (bytes[3] = 0))).toBe('jumbo');
    expect(make((bytes) => (bytes[8] = 1))).toBe('bad-checksum');
  });
});
