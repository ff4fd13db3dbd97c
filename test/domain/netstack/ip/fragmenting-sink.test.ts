import { describe, expect, it } from 'vitest';
import { cutPacket, joinFragments } from '../../../support/netstack/fragments.ts';
import { buildUdp, readPacket, withZeroChecksum } from '../../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../../support/netstack/stack-harness.ts';

const hosts = { 4: ['10.0.0.2', '192.0.2.7'], 6: ['fd00::2', '2001:db8::7'] } as const;
const data = (count: number) => Uint8Array.from({ length: count }, (_, i) => i * 7 + (i >> 8));

describe.each([
  [4, false, 1500],
  [6, false, 1500],
  [4, true, 1500],
  [6, true, 1500],
  [4, true, 65_520],
  [6, true, 65_520],
  [6, false, 1280],
] as const)('IPv%i, virtio header %s, MTU %i', (version, virtioHeader, mtuBytes) => {
  const [program, server] = hosts[version];
  const prefix = virtioHeader ? 10 : 0;
  const whole = mtuBytes - (version === 4 ? 28 : 48);
  const most = version === 4 ? 65_507 : 65_527;
  const open = (limits = {}) => {
    const harness = new StackHarness({ virtioHeader, mtuBytes, limits });
    harness.stack.ingest(Buffer.concat([new Uint8Array(prefix), buildUdp(program, server, [5000, 53], data(1))]), harness.now);
    const [flow] = harness.flows;
    if (!flow) throw new RangeError('no flow');
    return { harness, flow };
  };

  it.each([whole + 1, 65_000, most].filter((count) => count > whole))('sends %i bytes in fragments', (count) => {
    const { harness, flow } = open();
    expect(flow.send(data(count))).toBe(true);
    harness.stack.poll(harness.now);
    const frames = harness.sink.take();
    expect(frames.every((frame) => frame.length <= prefix + mtuBytes && frame.subarray(0, prefix).every((byte) => byte === 0))).toBe(true);
    const packet = readPacket(joinFragments(frames.map((frame) => frame.subarray(prefix))));
    expect(packet).toMatchObject({ source: server, destination: program, protocol: 17 });
    expect(Buffer.compare(packet.payload.subarray(8), data(count))).toBe(0);
    expect(harness.stack.counters).toMatchObject({ packetsOut: frames.length, datagramsFragmented: 1 });
  });

  it('sends a checksum of 0 as its other form: 0 would mean none (RFC 768)', () => {
    const { harness, flow } = open();
    flow.send(withZeroChecksum(server, program, [53, 5000], data(whole + 1).fill(0, 0, 2)));
    harness.stack.poll(harness.now);
    const packet = readPacket(joinFragments(harness.sink.take().map((frame) => frame.subarray(prefix))));
    expect([...packet.payload.subarray(6, 8)]).toEqual([255, 255]);
  });

  it('names each datagram anew', () => {
    const { harness, flow } = open();
    flow.send(data(whole + 1));
    flow.send(data(whole + 2));
    harness.stack.poll(harness.now);
    const frames = harness.sink.take().map((frame) => frame.subarray(prefix));
    expect(() => joinFragments([...frames.slice(0, 1), ...frames.slice(3)])).toThrow('out of place');
    expect(readPacket(joinFragments(frames.slice(2))).payload).toHaveLength(8 + whole + 2);
  });

  it('takes a datagram that fits as one frame, and none that no packet holds', () => {
    const { harness, flow } = open();
    expect([flow.send(data(whole)), flow.send(data(most + 1))]).toEqual([whole <= most, false]);
    harness.stack.poll(harness.now);
    expect([harness.sink.take().length, harness.stack.counters.udpDatagramsDropped]).toEqual([1, 1]);
  });

  it('puts a datagram where the device has room, and keeps the order where it has none', () => {
    const { harness, flow } = open();
    harness.sink.limit = 2;
    for (const count of [1, 2, 3, 4]) flow.send(data(count));
    expect(harness.sink.frames).toHaveLength(2);
    harness.sink.limit = Infinity;
    flow.send(data(5));
    harness.stack.poll(harness.now);
    const lengths = harness.sink.take().map((frame) => frame.length - prefix - (mtuBytes - whole));
    expect([lengths, harness.stack.counters.packetsOut]).toEqual([[1, 2, 3, 4, 5], 5]);
  });

  it('takes all of a datagram or nothing', () => {
    const { harness, flow } = open({ replyQueueBytes: 132 * 1024 });
    const results = Array.from({ length: 12 }, () => flow.send(data(most)));
    expect(results[0]).toBe(true);
    expect(results).toContain(false);
    harness.stack.poll(harness.now);
    const frames = harness.sink.take().map((frame) => frame.subarray(prefix));
    const perDatagram = frames.length / results.filter(Boolean).length;
    for (let at = 0; at < frames.length; at += perDatagram) readPacket(joinFragments(frames.slice(at, at + perDatagram)));
  });
});

it('cuts a datagram to what another stack puts together again', () => {
  const sender = new StackHarness();
  sender.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void flow.send(bytes.subarray(start, end)));
  for (const frame of cutPacket(buildUdp('10.0.0.2', '192.0.2.7', [5000, 53], data(60_000)), 1480)) sender.stack.ingest(frame, sender.now);
  sender.stack.poll(sender.now);
  const receiver = new StackHarness();
  const got: Uint8Array[] = [];
  receiver.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void got.push(Uint8Array.from(bytes.subarray(start, end))));
  for (const frame of sender.sink.take().reverse()) receiver.stack.ingest(frame, receiver.now);
  expect(got.map((payload) => Buffer.compare(payload, data(60_000)))).toEqual([0]);
});
