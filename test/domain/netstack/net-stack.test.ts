import { describe, expect, it } from 'vitest';
import { slowChecksum } from '../../oracles/checksum-oracle.ts';
import { buildChecked, buildPacket, buildSegment, buildUdp, withZeroChecksum, type RawPacket } from '../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../support/netstack/stack-harness.ts';

const hosts = {
  4: {
    program: '10.0.0.2',
    gateway: '10.0.0.1',
    other: '192.0.2.7',
    multicast: '224.0.0.251',
    icmp: 1,
    request: 8,
    reply: 0,
    unreachable: 3,
  },
  6: {
    program: 'fd00::2',
    gateway: 'fd00::1',
    other: '2001:db8::7',
    multicast: 'ff02::fb',
    icmp: 58,
    request: 128,
    reply: 129,
    unreachable: 1,
  },
} as const;
const versions = [4, 6] as const;

describe.each(versions)('ICMP over IPv%i', (version) => {
  const { program, gateway, other, icmp, request, reply } = hosts[version];
  const echo = (destination: string) =>
    buildChecked({ source: program, destination, protocol: icmp, payload: Uint8Array.of(request, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7) }, 2);

  it('answers an echo request to the gateway with all its data', () => {
    const [answer, ...rest] = new StackHarness().exchange(echo(gateway));
    expect(rest).toEqual([]);
    expect(answer).toMatchObject({ source: gateway, destination: program, protocol: icmp });
    expect([...(answer?.payload ?? [])].toSpliced(2, 2)).toEqual([reply, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('answers for nobody else', () => {
    const harness = new StackHarness();
    expect(harness.exchange(echo(other))).toEqual([]);
    expect(harness.stack.counters.unsupported['icmp-type']).toBe(1);
  });

  it('drops what is corrupt', () => {
    const harness = new StackHarness();
    const frame = echo(gateway);
    frame[frame.length - 1] = 99;
    expect(harness.exchange(frame)).toEqual([]);
    expect(harness.stack.counters.malformed['bad-checksum']).toBe(1);
  });
});

describe.each(versions)('UDP over IPv%i', (version) => {
  const { program, other, unreachable, icmp, multicast } = hosts[version];
  const query = buildUdp(program, other, [5000, 53], Uint8Array.of(1, 2, 3));

  it('opens one flow per 5-tuple, and carries both ways', () => {
    const harness = new StackHarness();
    const got: number[][] = [];
    harness.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void got.push([...bytes.subarray(start, end)]));
    expect(harness.exchange(query, query, buildUdp(program, other, [5000, 53], new Uint8Array(0)))).toEqual([]);
    expect(got).toEqual([[1, 2, 3], [1, 2, 3], []]); // prettier-ignore
    expect(harness.flows.map((flow) => [flow.source.port, String(flow.destination.address), flow.destination.port])).toEqual([
      [5000, other, 53],
    ]);
    expect(harness.flows[0]?.send(Uint8Array.of(9, 8))).toBe(true);
    expect(harness.pollsWanted).toBe(1);
    const [answer] = harness.poll();
    expect(answer).toMatchObject({ source: other, destination: program, protocol: 17 });
    expect([...(answer?.payload ?? [])].toSpliced(6, 2)).toEqual([0, 53, 5000 >> 8, 5000 & 255, 0, 10, 9, 8]);
  });

  it('sends a checksum of 0 as its other form: 0 would mean none (RFC 768)', () => {
    const harness = new StackHarness();
    harness.exchange(query);
    harness.flows[0]?.send(withZeroChecksum(other, program, [53, 5000], new Uint8Array(2)));
    const [answer] = harness.poll();
    expect([...(answer?.payload.subarray(6, 8) ?? [])]).toEqual([255, 255]);
  });

  it('closes an idle flow, and says so', () => {
    const harness = new StackHarness({ limits: { udpIdleMs: 1000 } });
    let closed = 0;
    harness.onUdp = (flow) => (flow.onClosed = () => void closed++);
    harness.exchange(query);
    harness.advance(900);
    harness.exchange(query);
    harness.advance(900);
    expect([closed, harness.stack.flowCount]).toEqual([0, 1]);
    harness.advance(101);
    expect([closed, harness.stack.flowCount, harness.flows[0]?.send(new Uint8Array(1))]).toEqual([1, 0, false]);
    expect(harness.stack.pollAt()).toBeUndefined();
  });

  it('says that a port is unreachable, and forgets the flow', () => {
    const harness = new StackHarness();
    harness.onUdp = (flow) => flow.refuse('refused');
    const [answer] = harness.exchange(query);
    expect(answer).toMatchObject({ source: other, destination: program, protocol: icmp });
    expect([...(answer?.payload.subarray(0, 2) ?? [])]).toEqual([unreachable, version === 4 ? 3 : 4]);
    expect(answer?.payload.subarray(8)).toEqual(query);
    harness.exchange(query);
    expect(harness.flows).toHaveLength(2);
  });

  it('evicts the flow that is idle for longest where there are too many', () => {
    const harness = new StackHarness({ limits: { maxUdpFlows: 2 } });
    const closed: number[] = [];
    harness.onUdp = (flow) => (flow.onClosed = () => void closed.push(flow.source.port));
    for (const port of [1, 2, 1, 3]) {
      harness.nowMs += 10;
      harness.exchange(buildUdp(program, other, [port, 53], Uint8Array.of(1)));
    }
    expect([closed, harness.stack.flowCount]).toEqual([[2], 2]);
  });

  it('drops multicast', () => {
    const harness = new StackHarness();
    harness.exchange(buildUdp(program, multicast, [5353, 5353], Uint8Array.of(1)));
    expect([harness.flows.length, harness.stack.counters.unsupported['not-unicast']]).toEqual([0, 1]);
  });
});

describe('other frames', () => {
  const { program, other } = hosts[4];
  const make = (change: Partial<RawPacket>) =>
    buildPacket({ source: program, destination: other, protocol: 47, payload: new Uint8Array(20), ...change });
  it.each([
    ['nothing', new Uint8Array(0), 'malformed', 'truncated'],
    ['version 5', Uint8Array.of(0x50, 0, 0), 'malformed', 'bad-version'],
    ['GRE', make({}), 'unsupported', 'protocol'],
    ['a short TCP header', make({ protocol: 6, payload: new Uint8Array(19) }), 'malformed', 'truncated'],
    ['port 0', buildSegment(program, other, { destinationPort: 0 }), 'malformed', 'bad-port'],
    ['UDP over IPv6 without checksum', buildPacket({ source: 'fd00::2', destination: 'fd00::3', protocol: 17, payload: Uint8Array.of(0, 1, 0, 2, 0, 8, 0, 0) }), 'malformed', 'bad-checksum'], // prettier-ignore
  ] as const)('%s is counted', (_name, frame, kind, reason) => {
    const harness = new StackHarness();
    expect(harness.exchange(frame)).toEqual([]);
    expect((harness.stack.counters[kind] as Record<string, number>)[reason]).toBe(1);
  });

  it('takes UDP over IPv4 without checksum', () => {
    const harness = new StackHarness();
    harness.exchange(make({ protocol: 17, payload: Uint8Array.of(0, 1, 0, 2, 0, 8, 0, 0) }));
    expect(harness.flows).toHaveLength(1);
  });
});

describe('a full sink', () => {
  it('loses nothing: what it did not take follows', () => {
    const harness = new StackHarness();
    harness.sink.limit = 1;
    harness.onTcp = (pending) => pending.refuse('refused');
    const syns = [1, 2, 3].map((port) => buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S', sourcePort: port }));
    expect(harness.exchange(...syns)).toHaveLength(1);
    expect(harness.stack.hasOutput).toBe(true);
    expect([harness.poll().length, harness.poll().length, harness.poll().length]).toEqual([1, 1, 0]);
    expect(harness.stack.hasOutput).toBe(false);
  });
});

describe('close', () => {
  it('resets every connection, tells users, and then does nothing', () => {
    const harness = new StackHarness();
    harness.exchange(buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S', sourcePort: 1 }));
    const { handler, stream } = harness.accept();
    harness.poll();
    let abandoned = 0;
    let closed = 0;
    harness.onTcp = (pending) => (pending.onAbandoned = () => void abandoned++);
    harness.onUdp = (flow) => (flow.onClosed = () => void closed++);
    harness.exchange(
      buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S', sourcePort: 2 }),
      buildUdp('10.0.0.2', '192.0.2.7', [1, 2], new Uint8Array(1)),
    );
    harness.stack.close();
    expect([handler.log, abandoned, closed]).toEqual([['closed reset'], 1, 1]);
    expect(harness.sink.take()).toHaveLength(2);
    expect(stream.write(Uint8Array.of(1))).toBe(0);
    expect(harness.exchange(buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S', sourcePort: 3 }))).toEqual([]);
    harness.stack.close();
  });
});

describe('offload', () => {
  const header = (flags: number, gsoType = 0, gsoBytes = 0) => [flags, gsoType, 0, 0, gsoBytes & 255, gsoBytes >> 8, 0, 0, 0, 0];
  const withHeader = (packet: Uint8Array, ...fields: [number, number?, number?]) => Uint8Array.from([...header(...fields), ...packet]);

  it.each([
    ['is still to be made', 1, 1],
    ['the device has verified', 2, 1],
    ['nobody vouches for', 0, 0],
  ])('a wrong checksum that %s (flags %i) opens %i connections', (_name, flags, count) => {
    const syn = buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S' });
    syn[36] = (syn[36] ?? 0) ^ 1;
    const harness = new StackHarness({ virtioHeader: true, mtuBytes: 65_520 });
    harness.stack.ingest(withHeader(syn, flags), harness.now);
    expect(harness.pendings).toHaveLength(count);
  });

  it.each([
    [1000, 0, 0],
    [1001, 1, 1000],
  ])('of %i bytes for a peer with an MSS of 1000 asks for a cut of type %i, to %i', (count, gsoType, gsoBytes) => {
    const harness = new StackHarness({ virtioHeader: true, mtuBytes: 65_520 });
    const options = Uint8Array.of(2, 4, 1000 >> 8, 1000 & 255);
    harness.stack.ingest(withHeader(buildSegment('10.0.0.2', '192.0.2.7', { flags: 'S', seq: 99, options }), 0), harness.now);
    const { stream } = harness.accept();
    harness.stack.poll(harness.now);
    harness.sink.take();
    harness.stack.ingest(withHeader(buildSegment('10.0.0.2', '192.0.2.7', { flags: 'A', seq: 100, ack: 0xfffffff1 }), 0), harness.now);
    stream.write(new Uint8Array(count));
    harness.stack.poll(harness.now);
    const [frame = new Uint8Array(0), ...rest] = harness.sink.take();
    expect([frame.length, rest.length]).toEqual([10 + 40 + count, 0]);
    expect([frame[1], (frame[4] ?? 0) + 256 * (frame[5] ?? 0)]).toEqual([gsoType, gsoBytes]);
  });

  it.each(versions)('IPv%i: sends one large segment to be cut, with the pseudo-header checksum', (version) => {
    const harness = new StackHarness({ virtioHeader: true, mtuBytes: 65_520 });
    const { program, other } = hosts[version];
    const options = Uint8Array.of(2, 4, 1000 >> 8, 1000 & 255, 1, 3, 3, 7);
    harness.stack.ingest(withHeader(buildSegment(program, other, { flags: 'S', seq: 99, options }), 0), harness.now);
    const { stream } = harness.accept();
    harness.stack.poll(harness.now);
    const [synAck] = harness.sink.take();
    expect([...(synAck?.subarray(0, 2) ?? [])]).toEqual([1, 0]);
    harness.stack.ingest(
      withHeader(buildSegment(program, other, { flags: 'A', seq: 100, ack: 0xfffffff1, window: 60_000 }), 0),
      harness.now,
    );
    stream.write(new Uint8Array(5500).fill(7));
    harness.stack.poll(harness.now);
    const [frame = new Uint8Array(0), ...rest] = harness.sink.take();
    const ipBytes = version === 4 ? 20 : 40;
    expect([frame.length, rest.length]).toEqual([10 + ipBytes + 20 + 5500, 0]);
    const headerBytes = ipBytes + 20;
    expect([...frame.subarray(0, 10)]).toEqual([1, version === 4 ? 1 : 4, headerBytes, 0, 1000 & 255, 1000 >> 8, ipBytes, 0, 16, 0]);
    const addresses = frame.subarray(10 + ipBytes - (version === 4 ? 8 : 32), 10 + ipBytes);
    const pseudo = Uint8Array.of(0, 6, (20 + 5500) >> 8, (20 + 5500) & 255);
    const partial = ((frame[10 + ipBytes + 16] ?? 0) << 8) | (frame[10 + ipBytes + 17] ?? 0);
    expect(partial).toBe(~slowChecksum(addresses, pseudo) & 0xffff);
  });

  it('takes a segment larger than the MTU whole, and many datagrams in one frame apart', () => {
    const harness = new StackHarness({ virtioHeader: true, mtuBytes: 1500 });
    const got: number[] = [];
    harness.onUdp = (flow) => (flow.onDatagram = (_, start, end) => void got.push(end - start));
    harness.stack.ingest(withHeader(buildUdp('10.0.0.2', '192.0.2.7', [1, 2], new Uint8Array(2500)), 1, 5, 1000), harness.now);
    expect(got).toEqual([1000, 1000, 500]);
  });
});
