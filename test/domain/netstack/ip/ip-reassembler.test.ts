import { describe, expect, it } from 'vitest';
import { buildFragment, cutPacket, joinFragments } from '../../../support/netstack/fragments.ts';
import { buildChecked, buildSegment, buildUdp, readPacket } from '../../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../../support/netstack/stack-harness.ts';

const hosts = { 4: ['10.0.0.2', '192.0.2.7'], 6: ['fd00::2', '2001:db8::7'] } as const;

/** A stack that keeps the datagrams of all flows. */
function receiver(limits = {}) {
  const harness = new StackHarness({ limits });
  const got: Uint8Array[] = [];
  harness.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void got.push(Uint8Array.from(bytes.subarray(start, end))));
  return { harness, got, counters: harness.stack.counters };
}

const data = (count: number) => Uint8Array.from({ length: count }, (_, i) => i * 7 + (i >> 8));

describe.each([4, 6] as const)('IPv%i', (version) => {
  const [program, server] = hosts[version];
  const query = (count: number, port = 5000) => buildUdp(program, server, [port, 53], data(count));
  /** The fragment of `query(2000)` between two offsets of its 2008 bytes of IP payload. */
  const part = (from: number, to: number, changes: { more?: boolean; flip?: boolean; identification?: number } = {}) => {
    const whole = query(2000);
    const payload = whole.slice((version === 4 ? 20 : 40) + from, (version === 4 ? 20 : 40) + to);
    if (changes.flip) payload[0] = (payload[0] ?? 0) ^ 1;
    const { more = to < 2008, identification = 7 } = changes;
    return buildFragment(whole, { offsetBytes: from, more, payload, identification });
  };
  const [a, b, c] = [part(0, 800), part(800, 1600), part(1600, 2008)];
  const isWhole = (got: readonly Uint8Array[]) => expect(got.map((payload) => Buffer.compare(payload, data(2000)))).toEqual([0]);

  it.each([
    ['in order', [a, b, c]],
    ['in reverse', [c, b, a]],
    ['the middle last', [a, c, b]],
    ['some twice', [a, a, c, c, b]],
    ['a smaller repetition', [a, part(80, 160), b, c]],
  ])('puts a datagram together, its fragments %s', (_name, fragments) => {
    const { harness, got, counters } = receiver();
    harness.exchange(...fragments);
    isWhole(got);
    expect(counters).toMatchObject({ fragmentsIn: fragments.length, datagramsReassembled: 1, reassemblyConflicts: 0 });
    expect(harness.stack.pollAt()).toBe(harness.flows.length > 0 ? harness.nowMs + 60_000 : undefined);
  });

  it.each([
    ['overlap', [a, part(792, 1600), c]],
    ['cover another', [b, part(0, 1608), c]],
    ['repeat other bytes', [a, part(80, 160, { flip: true }), b, c]],
    ['end twice', [c, part(800, 1600, { more: false }), a, b]],
    ['go on beyond the end', [part(800, 808, { more: false }), c]],
    ['end before what is there', [part(1600, 1608), part(800, 808, { more: false })]],
  ])('drops a datagram whose fragments %s, and what else comes of it', (_name, fragments) => {
    const { harness, got, counters } = receiver();
    harness.exchange(...fragments, a, b, c);
    expect([got, counters.reassemblyConflicts]).toEqual([[], 1]);
    harness.advance(15_000);
    harness.exchange(a, b, c);
    isWhole(got);
    expect(counters.reassemblyTimeouts).toBe(0);
  });

  it('keeps datagrams apart by identification and ends', () => {
    const { harness, got } = receiver();
    const other = cutPacket(query(2000, 6000), 800, 8);
    const elsewhere = cutPacket(buildUdp(program, version === 4 ? '192.0.2.8' : '2001:db8::8', [5000, 53], data(2000)), 800);
    harness.exchange(a, ...other.slice(0, 1), ...elsewhere.slice(0, 1), b, ...other.slice(1), ...elsewhere.slice(1), c);
    expect([got.length, harness.flows.map((flow) => flow.source.port)]).toEqual([3, [6000, 5000, 5000]]);
  });

  it.each([
    ['is empty', part(800, 800, { more: true })],
    ['is no multiple of 8', part(800, 1601)],
    [
      'goes beyond the largest datagram',
      buildFragment(query(9), { offsetBytes: 65_528, more: false, payload: data(9), identification: 7 }),
    ],
  ])('counts a fragment that %s', (_name, fragment) => {
    const { harness, got, counters } = receiver();
    harness.exchange(fragment, a, b, c);
    expect([counters.malformed['bad-length'], got.length]).toEqual([1, 1]);
  });

  it('forgets a datagram that is not whole in time', () => {
    const { harness, got, counters } = receiver();
    harness.exchange(a, b);
    expect(harness.stack.pollAt()).toBe(harness.nowMs + 15_000);
    harness.advance(15_000);
    harness.exchange(c);
    expect([got, counters.reassemblyTimeouts]).toEqual([[], 1]);
    harness.exchange(a, b);
    isWhole(got);
  });

  it('forgets the oldest of too many datagrams', () => {
    const { harness, got, counters } = receiver({ maxReassemblies: 2 });
    const firsts = [1, 2, 3].map((identification) => part(0, 800, { identification }));
    harness.exchange(...firsts);
    for (const identification of [3, 2, 1]) harness.exchange(part(1600, 2008, { identification }), part(800, 1600, { identification }));
    expect([got.length, counters.datagramsReassembled, counters.reassemblyEvicted]).toEqual([2, 2, 1]);
  });

  it('forgets the oldest of too many bytes', () => {
    const { harness, got, counters } = receiver({ maxReassemblyBytes: 190 * 1024 });
    const large = [1, 2, 3].map((identification) => cutPacket(query(60_000), 1480, identification));
    for (const fragments of large) harness.exchange(...fragments.slice(0, -1));
    for (const fragments of large.toReversed()) harness.exchange(...fragments.slice(-1));
    expect([got.length, counters.reassemblyEvicted]).toEqual([2, 1]);
  });

  it('gives up a datagram in too many pieces', () => {
    const { harness, counters } = receiver();
    harness.exchange(...Array.from({ length: 65 }, (_, i) => part(i * 16, i * 16 + 8)));
    expect(counters.reassemblyConflicts).toBe(1);
  });

  it('drops a datagram that has a wrong checksum, though the device vouched for its fragments', () => {
    const harness = new StackHarness({ virtioHeader: true });
    const vouched = [a, b, part(1600, 2008, { flip: true })].map((packet) => Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...packet]));
    for (const frame of vouched) harness.stack.ingest(frame, harness.now);
    expect([harness.flows.length, harness.stack.counters.malformed['bad-checksum']]).toEqual([0, 1]);
  });

  it('takes an echo request in fragments, and answers in fragments', () => {
    const harness = new StackHarness();
    const gateway = version === 4 ? '10.0.0.1' : 'fd00::1';
    const payload = Uint8Array.of(version === 4 ? 8 : 128, 0, 0, 0, ...data(3000));
    const echo = buildChecked({ source: program, destination: gateway, protocol: version === 4 ? 1 : 58, payload }, 2);
    for (const frame of cutPacket(echo, 1400)) harness.stack.ingest(frame, harness.now);
    harness.stack.poll(harness.now);
    const answer = readPacket(joinFragments(harness.sink.take()));
    expect([answer.source, answer.payload[0]]).toEqual([gateway, version === 4 ? 0 : 129]);
    expect(answer.payload.subarray(4)).toEqual(data(3000));
  });

  it('takes a TCP segment in fragments', () => {
    const harness = new StackHarness();
    harness.exchange(...cutPacket(buildSegment(program, server, { flags: 'S', options: new Uint8Array(8).fill(1) }), 8));
    expect(harness.pendings).toHaveLength(1);
  });
});

describe('IPv4 alone', () => {
  it('keeps datagrams of other protocols apart', () => {
    const { harness, counters } = receiver();
    const udp = buildUdp('10.0.0.2', '192.0.2.7', [1, 2], data(100));
    const other = udp.slice();
    other[9] = 6;
    harness.exchange(...cutPacket(udp, 80).slice(0, 1), ...cutPacket(other, 80).slice(1));
    expect(counters.datagramsReassembled).toBe(0);
  });
});

describe('IPv6 alone', () => {
  const whole = buildUdp('fd00::2', '2001:db8::7', [1, 2], data(100));
  const piece = (offsetBytes: number, to: number, extensions: readonly number[]) =>
    buildFragment(whole, {
      offsetBytes,
      more: to < 108,
      payload: whole.subarray(40 + offsetBytes, 40 + to),
      identification: 9,
      extensions,
    });

  it('skips the headers before the fragment header', () => {
    const { harness, got } = receiver();
    harness.exchange(piece(0, 80, [0, 60]), piece(80, 108, [0, 43, 60]));
    expect(got).toEqual([data(100)]);
  });

  it('takes an atomic fragment alone, whatever else has its identification (RFC 6946)', () => {
    const { harness, got } = receiver();
    harness.exchange(piece(0, 80, []), piece(0, 108, []), piece(80, 108, []));
    expect(got).toEqual([data(100), data(100)]);
  });

  it('does not put together what was cut twice', () => {
    const { harness, counters } = receiver();
    const nested = cutPacket(piece(0, 80, []), 40);
    harness.exchange(...nested);
    expect(counters.unsupported['extension-header']).toBe(1);
  });
});
