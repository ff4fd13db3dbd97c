import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { ToldName } from '../../../src/domain/dns/told-name.ts';
import { errnoNames, ErrnoError } from '../../../src/domain/errno-error.ts';
import { IpAddress } from '../../../src/domain/netstack/address/ip-address.ts';
import { decodeBase64, encodeBase64 } from '../../../src/domain/protocol/base64.ts';
import {
  emitControlReply,
  emitControlRequest,
  parseControlReply,
  parseControlRequest,
  type ControlReply,
  type ControlRequest,
} from '../../../src/domain/protocol/control-message.ts';
import { formatDialRefusal, parseDialRefusal } from '../../../src/domain/protocol/dial-refusal.ts';
import { emitDnsQuery, emitDnsReply, parseDnsQuery, parseDnsReply, type DnsReplyFrame } from '../../../src/domain/protocol/dns-frame.ts';
import { emitFrame, FrameSplitter } from '../../../src/domain/protocol/length-prefix.ts';
import { emitUdpFrame, parseUdpFrame, type UdpFrame } from '../../../src/domain/protocol/udp-frame.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/domain/protocol/utf8.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const u32 = fc.nat(0xffffffff);
const text = fc.string({ unit: 'binary' });
const body = (frame: Uint8Array): Uint8Array => frame.subarray(4);
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, field: unknown) => (field instanceof Uint8Array ? [...field] : field)));

function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cutAt) => cutAt % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  return at.slice(1).map((end, i) => stream.slice(at[i], end));
}

describe('FrameSplitter', () => {
  test.prop([fc.array(bytes, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 })])(
    'finds the same bodies however the stream is cut',
    (bodies, cuts) => {
      const stream = Buffer.concat(bodies.map((each) => emitFrame(each)));
      const splitter = new FrameSplitter(300);
      const found = cut(stream, cuts).flatMap<Uint8Array | string>((chunk) => splitter.feed(chunk));
      expect(found.map((each) => (typeof each === 'string' ? each : Buffer.from(each).toString('hex')))).toEqual(
        bodies.map((each) => Buffer.from(each).toString('hex')),
      );
    },
  );

  test.prop([fc.array(bytes)])('never throws for any bytes, and holds no more than allowed', (chunks) => {
    const splitter = new FrameSplitter(64);
    for (const chunk of chunks) {
      const bodies = splitter.feed(chunk);
      if (bodies !== 'too-long') for (const each of bodies) expect(each.length).toBeLessThanOrEqual(64);
    }
  });

  test('stays failed after a frame that is too long', () => {
    const splitter = new FrameSplitter(4);
    expect(splitter.feed(emitFrame(Uint8Array.of(1, 2, 3, 4, 5)))).toBe('too-long');
    expect(splitter.feed(emitFrame(Uint8Array.of(1)))).toBe('too-long');
  });
});

describe('text forms', () => {
  test.prop([text])('UTF-8 is that of the platform', (value) => {
    expect(Buffer.from(encodeUtf8(value))).toEqual(Buffer.from(value, 'utf8'));
    expect(decodeUtf8(encodeUtf8(value))).toBe(Buffer.from(value, 'utf8').toString());
  });

  test.prop([bytes])('bytes decode as strictly as on the platform', (value) => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let expected: string | undefined;
    try {
      expected = strict.decode(value);
    } catch {
      expected = undefined;
    }
    expect(decodeUtf8(value)).toBe(expected);
  });

  test.prop([bytes])('base64 is that of the platform, and reads back', (value) => {
    expect(encodeBase64(value)).toBe(Buffer.from(value).toString('base64'));
    expect(Buffer.from(decodeBase64(encodeBase64(value)) ?? [])).toEqual(Buffer.from(value));
  });

  test.prop([text])('what is no base64 is undefined, never an exception', (value) => {
    const decoded = decodeBase64(value);
    if (decoded) expect(Buffer.from(decoded)).toEqual(Buffer.from(value, 'base64'));
  });

  test.prop([fc.constantFrom(...errnoNames), text])('a refusal reads back', (errno, message) => {
    const parsed = parseDialRefusal(formatDialRefusal(new ErrnoError(errno, message)));
    expect([parsed.errno, parsed.message]).toEqual([errno, message || errno]);
  });

  test.prop([text])('any description is a refusal', (description) => {
    expect(parseDialRefusal(description)).toBeInstanceOf(ErrnoError);
  });
});

const endpoint = fc.record({
  address: fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map((raw) => IpAddress.fromBytes(raw) as IpAddress),
  port: fc.nat(65_535),
});
const udpFrame: fc.Arbitrary<UdpFrame> = fc.oneof(
  fc.record({ kind: fc.constant('datagram' as const), flow: u32, remote: endpoint, payload: bytes }),
  fc.record({ kind: fc.constant('ended' as const), flow: u32, errno: fc.option(fc.constantFrom(...errnoNames), { nil: undefined }) }),
);
const dnsReply: fc.Arbitrary<DnsReplyFrame> = fc.oneof(
  fc.record({ requestId: u32, message: bytes }),
  fc.record({
    requestId: u32,
    failure: fc.record({ code: fc.constantFrom('DNS_TIMEOUT' as const, 'DNS_FAILED' as const), text: fc.string() }),
  }),
);
const facts = fc.record({
  protocolVersion: fc.nat(),
  environment: fc.array(fc.record({ name: bytes, value: bytes }), { maxLength: 5 }),
  hostname: fc.string(),
  hosts: fc.string(),
  resolvConf: fc.string(),
  addresses: fc.array(fc.string()),
  mounts: fc.array(fc.string()),
  routes: fc.array(fc.string()),
});
const addressOf = (octets: Uint8Array): IpAddress => IpAddress.fromBytes(octets) ?? expect.unreachable();
const toldName: fc.Arbitrary<ToldName> = fc.record({
  name: fc.string(),
  type: fc.string(),
  by: fc.constantFrom('cluster' as const, 'laptop' as const, 'nobody' as const),
  outcome: fc.constantFrom('found' as const, 'no-such-record' as const, 'no-such-name' as const, 'failed' as const),
  tookMs: fc.nat(),
  addresses: fc.array(fc.constantFrom(4, 16).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }).map(addressOf))),
});
const controlReply: fc.Arbitrary<ControlReply> = fc.oneof(
  fc.record({
    version: fc.nat(),
    id: u32,
    type: fc.constant('names-told' as const),
    names: fc.array(toldName),
    dropped: fc.nat(),
  }),
  fc.record({ version: fc.nat(), id: u32, type: fc.constant('facts' as const), facts }),
  fc.record({ version: fc.nat(), id: u32, type: fc.constant('done' as const) }),
  fc.record({ version: fc.nat(), id: u32, type: fc.constant('loop' as const), isLoop: fc.boolean() }),
  fc.record({
    version: fc.nat(),
    id: u32,
    type: fc.constant('names' as const),
    port: fc.integer({ min: 1, max: 65_535 }),
    proof: fc.ipV4(),
  }),
  fc.record({ version: fc.nat(), id: u32, type: fc.constant('socks' as const), port: fc.integer({ min: 1, max: 65_535 }) }),
  fc.record({
    version: fc.nat(),
    id: u32,
    type: fc.constant('error' as const),
    code: fc.constantFrom('PROTOCOL_MISMATCH' as const, 'BAD_REQUEST' as const, 'FAILED' as const),
    message: fc.string(),
  }),
);

const head = { version: fc.nat(), id: u32 };
const controlRequest: fc.Arbitrary<ControlRequest> = fc.oneof(
  fc.record({ ...head, type: fc.constantFrom('facts' as const, 'serving' as const, 'socks' as const, 'names' as const) }),
  fc.record({ ...head, type: fc.constant('exec' as const), key: fc.string({ minLength: 1, maxLength: 1024 }) }),
  fc.record({
    ...head,
    type: fc.constant('office' as const),
    port: fc.integer({ min: 1, max: 65_535 }),
    laptopNames: fc.array(fc.string()),
  }),
  fc.record({ ...head, type: fc.constant('names-told' as const), waitMs: fc.integer({ min: 0, max: 60_000 }) }),
  fc.record({ ...head, type: fc.constant('loop' as const), external: fc.ipV4(), isAssumed: fc.boolean() }),
);

describe('frames', () => {
  test.prop([udpFrame])('a UDP frame reads back', (frame) => {
    expect(plain(parseUdpFrame(body(emitUdpFrame(frame))))).toEqual(plain(frame));
  });

  test.prop([u32, fc.constantFrom('udp' as const, 'tcp' as const), bytes])('a DNS query reads back', (requestId, transport, message) => {
    expect(plain(parseDnsQuery(body(emitDnsQuery({ requestId, transport, message }))))).toEqual(plain({ requestId, transport, message }));
  });

  test.prop([dnsReply])('a DNS reply reads back', (frame) => {
    expect(plain(parseDnsReply(body(emitDnsReply(frame))))).toEqual(plain(frame));
  });

  test.prop([controlRequest])('a control request reads back', (request) => {
    expect(plain(parseControlRequest(body(emitControlRequest(request))))).toEqual(plain(request));
  });

  test.prop([controlReply])('a control reply reads back', (reply) => {
    expect(plain(parseControlReply(body(emitControlReply(reply))))).toEqual(plain(reply));
  });

  test.prop([bytes])('no bytes make a parser throw', (raw) => {
    for (const parse of [parseUdpFrame, parseDnsQuery, parseDnsReply, parseControlRequest, parseControlReply])
      expect(parse(raw)).toBeDefined();
  });

  test.prop([fc.json()])('no JSON makes the control parsers throw', (json) => {
    for (const each of [
      json,
      `{"version":1,"id":2,"type":"exec","key":${json}}`,
      `{"version":1,"id":2,"type":"loop","external":${json},"isAssumed":${json}}`,
      `{"version":1,"id":2,"type":"office","port":${json}}`,
      `{"version":1,"id":2,"type":"office","port":53,"laptopNames":${json}}`,
      `{"version":1,"id":2,"type":"names-told","waitMs":${json}}`,
      `{"version":1,"id":2,"type":"names-told","names":${json}}`,
      `{"version":1,"id":2,"type":"names-told","names":[${json}]}`,
      `{"version":1,"id":2,"type":"names","port":53,"proof":${json}}`,
      `{"version":1,"id":2,"type":"facts","facts":${json}}`,
      `{"version":1,"type":"error","message":${json},"code":${json}}`,
    ]) {
      for (const parse of [parseControlRequest, parseControlReply]) expect(parse(encodeUtf8(each))).toBeDefined();
    }
  });

  test('fields that are not known are ignored, and the version is read even of what is not understood', () => {
    expect(parseControlRequest(encodeUtf8('{"version":1,"id":3,"type":"facts","more":[1]}'))).toEqual({ version: 1, id: 3, type: 'facts' });
    expect(parseControlReply(encodeUtf8('{"version":9,"id":3,"type":"hello"}'))).toEqual({ fault: 'unknown-type', version: 9, id: 3 });
    expect(parseControlReply(encodeUtf8('{"version":1,"id":3,"type":"facts","facts":{}}'))).toMatchObject({
      fault: 'bad-field',
      field: 'environment',
    });
  });
});
