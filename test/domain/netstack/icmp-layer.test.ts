import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/domain/netstack/address/endpoint.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { RefusalReason } from '../../../src/domain/netstack/stack-events.ts';
import { joinFragments } from '../../support/netstack/fragments.ts';
import { buildChecked, buildPacket, buildSegment, buildUdp, readSegment } from '../../support/netstack/raw-packet.ts';
import { RecordingHandler, StackHarness } from '../../support/netstack/stack-harness.ts';

const hosts = {
  4: { program: '10.0.0.2', server: '192.0.2.7', stranger: '192.0.2.9', icmp: 1, unreachable: 3, portCode: 3, hostCode: 1 },
  6: { program: 'fd00::2', server: '2001:db8::7', stranger: '2001:db8::9', icmp: 58, unreachable: 1, portCode: 4, hostCode: 3 },
} as const;

describe.each([4, 6] as const)('errors out, IPv%i', (version) => {
  const { program, server, icmp, unreachable } = hosts[version];
  const codes = { 4: { host: 1, net: 0, prohibited: 13, port: 3 }, 6: { host: 3, net: 0, prohibited: 1, port: 4 } }[version];
  const open = { tcp: buildSegment(program, server, { flags: 'S' }), udp: buildUdp(program, server, [5000, 53], new Uint8Array(2000)) };
  const quotedMost = version === 4 ? 548 : 1232;

  it.each([
    ['tcp', 'refused', 'reset'],
    ['tcp', 'host-unreachable', codes.host],
    ['tcp', 'net-unreachable', codes.net],
    ['tcp', 'prohibited', codes.prohibited],
    ['tcp', 'timed-out', 'nothing'],
    ['udp', 'refused', codes.port],
    ['udp', 'host-unreachable', codes.host],
    ['udp', 'net-unreachable', codes.net],
    ['udp', 'prohibited', codes.prohibited],
    ['udp', 'timed-out', 'nothing'],
  ] as const)('%s, %s: %s', (protocol, reason: RefusalReason, expected) => {
    const harness = new StackHarness();
    harness.onTcp = (pending) => pending.refuse(reason);
    harness.onUdp = (flow) => flow.refuse(reason);
    const [answer, ...rest] = harness.exchange(open[protocol]);
    expect([rest, harness.stack.flowCount]).toEqual([[], 0]);
    if (expected === 'nothing') return expect(answer).toBeUndefined();
    expect(answer).toMatchObject({ source: server, destination: program });
    if (!answer) throw new RangeError('no answer');
    if (expected === 'reset') return expect(readSegment(answer)).toMatchObject({ flags: 'RA', seq: 0, ack: 1 });
    expect([answer.protocol, ...answer.payload.subarray(0, 2)]).toEqual([icmp, unreachable, expected]);
    expect([...answer.payload.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(Buffer.compare(answer.payload.subarray(8), open[protocol].subarray(0, quotedMost))).toBe(0);
  });
});

describe.each([4, 6] as const)('errors in, IPv%i', (version) => {
  const { program, server, stranger, icmp, unreachable, portCode, hostCode } = hosts[version];
  const ipBytes = version === 4 ? 20 : 40;
  const error = (quoted: Uint8Array, changes: { type?: number; code?: number; destination?: string } = {}) => {
    const { type = unreachable, code = portCode, destination = server } = changes;
    const payload = Uint8Array.from([type, code, 0, 0, 0, 0, 0, 0, ...quoted.subarray(0, version === 4 ? 548 : 1232)]);
    return buildChecked({ source: program, destination, protocol: icmp, payload }, 2);
  };
  /** A UDP flow that has sent a datagram of `count` bytes, and that packet. */
  const udpFlow = (count = 3) => {
    const harness = new StackHarness();
    let closed = 0;
    harness.onUdp = (flow) => (flow.onClosed = () => void closed++);
    harness.exchange(buildUdp(program, server, [5000, 53], new Uint8Array(1)));
    harness.flows[0]?.send(new Uint8Array(count));
    harness.stack.poll(harness.now);
    const frames = harness.sink.take();
    return { harness, frames, sent: frames[0] ?? new Uint8Array(0), closed: () => closed, counters: harness.stack.counters };
  };

  it('closes a UDP flow whose program has closed its socket, and tells its user', () => {
    const { harness, sent, closed, counters } = udpFlow();
    expect(harness.exchange(error(sent))).toEqual([]);
    expect([closed(), harness.stack.flowCount, counters.icmpErrorsIn]).toEqual([1, 0, 1]);
    harness.exchange(error(sent));
    expect([closed(), counters.unsupported['icmp-quote']]).toEqual([1, 1]);
  });

  it('takes an error about the first fragment of a datagram, and none about another', () => {
    const { harness, frames, closed, counters } = udpFlow(4000);
    expect(() => joinFragments(frames)).not.toThrow();
    harness.exchange(error(frames[1] ?? new Uint8Array(0)));
    expect([closed(), counters.unsupported['icmp-quote']]).toEqual([0, 1]);
    harness.exchange(error(frames[0] ?? new Uint8Array(0)));
    expect(closed()).toBe(1);
  });

  it('needs no more of the packet than its first 8 bytes after the IP header', () => {
    const { harness, sent, closed } = udpFlow();
    harness.exchange(error(sent.subarray(0, ipBytes + 8)));
    expect(closed()).toBe(1);
  });

  const other = (source: string, destination: string, ports: readonly [number, number]) =>
    buildUdp(source, destination, ports, new Uint8Array(3));
  it.each([
    ['a soft error', (sent: Uint8Array) => error(sent, { code: hostCode }), undefined],
    ['other ports', () => error(other(server, program, [53, 5001])), 'icmp-quote'],
    ['another address', () => error(other(stranger, program, [53, 5000]), { destination: stranger }), 'icmp-quote'],
    ['another one that it was sent to', (sent: Uint8Array) => error(sent, { destination: stranger }), 'icmp-quote'],
    ['a datagram of the program itself', () => error(other(program, server, [5000, 53])), 'icmp-quote'],
    ['an echo reply', () => error(buildPacket({ source: server, destination: program, protocol: icmp, payload: new Uint8Array(9) })), 'icmp-quote'], // prettier-ignore
    ['another type', (sent: Uint8Array) => error(sent, { type: version === 4 ? 11 : 3 }), 'icmp-type'],
  ] as const)('leaves the flow alone on %s', (_name, make, reason) => {
    const { harness, sent, closed, counters } = udpFlow();
    harness.exchange(make(sent));
    expect([closed(), counters.icmpErrorsIn]).toEqual([0, 0]);
    if (reason) expect(counters.unsupported[reason]).toBe(1);
  });

  it.each([
    ['no quote', (_sent: Uint8Array) => new Uint8Array(0), 'truncated'],
    ['less than an IP header', (sent: Uint8Array) => sent.subarray(0, ipBytes - 1), 'truncated'],
    ['less than 8 bytes after it', (sent: Uint8Array) => sent.subarray(0, ipBytes + 7), 'truncated'],
    ['another version', (sent: Uint8Array) => Uint8Array.from([0x50, ...sent.subarray(1)]), 'bad-version'],
  ] as const)('counts an error with %s', (_name, cut, reason) => {
    const { harness, sent, closed, counters } = udpFlow();
    harness.exchange(error(cut(sent)));
    expect([closed(), counters.malformed[reason]]).toEqual([0, 1]);
  });

  it('ends a connection whose handshake is not through, if it names the SYN-ACK', () => {
    const harness = new StackHarness();
    harness.exchange(buildSegment(program, server, { flags: 'S' }));
    const { handler } = harness.accept();
    harness.stack.poll(harness.now);
    const [synAck = new Uint8Array(0)] = harness.sink.take();
    const forged = synAck.slice();
    forged[ipBytes + 7] = 1;
    harness.exchange(error(forged), error(synAck, { code: hostCode }));
    expect(handler.log).toEqual([]);
    harness.exchange(error(synAck));
    expect([handler.log, harness.stack.flowCount]).toEqual([['closed reset'], 0]);
  });

  it.each([
    ['refused', version === 4 ? 3 : 4],
    ['unreachable', version === 4 ? 13 : 1],
  ] as const)('ends an open of ours as %s, by code %i about the SYN', (reason, code) => {
    const harness = new StackHarness();
    const handler = new RecordingHandler();
    const ends = [server, program].map((address, i) => ({ address: ip(address), port: 5000 + i })) as [Endpoint, Endpoint];
    harness.stack.connect(...ends, handler);
    harness.stack.poll(harness.now);
    const [syn = new Uint8Array(0)] = harness.sink.take();
    harness.exchange(error(syn, { code: hostCode }));
    expect(handler.log).toEqual([]);
    harness.exchange(error(syn, { code }));
    expect([handler.log, harness.stack.flowCount]).toEqual([[`closed ${reason}`], 0]);
  });

  it('is nothing to an established connection', () => {
    const harness = new StackHarness();
    harness.exchange(buildSegment(program, server, { flags: 'S', seq: 99 }));
    const { handler, stream } = harness.accept();
    harness.poll();
    harness.exchange(buildSegment(program, server, { flags: 'A', seq: 100, ack: 0xfffffff1 }));
    stream.write(Uint8Array.of(1));
    harness.stack.poll(harness.now);
    const [sent = new Uint8Array(0)] = harness.sink.take();
    harness.exchange(error(sent));
    expect([handler.log, harness.stack.counters.icmpErrorsIn]).toEqual([[], 1]);
    expect(stream.write(Uint8Array.of(2))).toBe(1);
  });
});
