import { describe, expect, it } from 'vitest';
import type { TcpStream } from '../../../src/domain/netstack/stack-events.ts';
import { buildSegment, buildUdp, readPacket, type RawSegment } from '../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../support/netstack/stack-harness.ts';

const hosts = { 4: { program: '10.0.0.2', server: '192.0.2.7' }, 6: { program: 'fd00::2', server: '2001:db8::7' } } as const;

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const { program, server } = hosts[version];
  const ipBytes = version === 4 ? 20 : 40;

  const flowCount = 10_000;
  const kibibyte = 1024;

  /** A connection's far side: keeps the text that came last. */
  class Tail {
    text = '';
    data(bytes: Uint8Array, start: number, end: number): void {
      this.text = Buffer.from(bytes.subarray(start, end)).toString();
    }
    ended(): void {}
    writable(): void {}
    closed(): void {}
  }

  /** A frame whose checksum the device vouches for, so that its source port can be changed. */
  function vouched(segment: Partial<RawSegment>): Buffer {
    return Buffer.concat([Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0), buildSegment(program, server, segment)]);
  }

  function withPort(frame: Buffer, port: number): Buffer {
    frame.writeUInt16BE(port, 10 + ipBytes);
    return frame;
  }

  /** The program's port, which a frame of the stack goes to. */
  function readPort(frame: Uint8Array): number {
    return Buffer.from(frame).readUInt16BE(10 + ipBytes + 2);
  }

  const ports = Array.from({ length: flowCount }, (_, i) => 20_000 + i);

  describe('10,000 flows at once', () => {
    it('of TCP carry their own bytes both ways, and hold no more than these need', () => {
      const harness = new StackHarness({ virtioHeader: true });
      const streams: { stream: TcpStream; tail: Tail }[] = [];
      harness.onTcp = (pending) => {
        const tail = new Tail();
        const stream = pending.accept(tail);
        if (stream) streams.push({ stream, tail });
      };
      const syn = vouched({ flags: 'S', seq: 99 });
      const ack = vouched({ flags: 'A', seq: 100, ack: 0xfffffff1 });
      const data = vouched({ flags: 'A', seq: 100, ack: 0xfffffff1, payload: Buffer.from('from 00000') });
      for (const port of ports) {
        harness.stack.ingest(withPort(syn, port), harness.now);
        harness.stack.poll(harness.now);
        harness.stack.ingest(withPort(ack, port), harness.now);
      }
      expect([streams.length, harness.stack.flowCount, harness.stack.heldBytes]).toEqual([flowCount, flowCount, 0]);
      harness.sink.take();
      for (const { stream } of streams) stream.write(Buffer.from(`to ${stream.source.port}`));
      for (const port of ports) {
        data.write(String(port), data.length - 5);
        harness.stack.ingest(withPort(data, port), harness.now);
      }
      harness.stack.poll(harness.now);
      expect(harness.stack.heldBytes).toBeLessThanOrEqual(flowCount * 4 * kibibyte);
      const texts = harness.sink.take().map((frame) => `${readPort(frame)} ${Buffer.from(frame.subarray(10 + ipBytes + 20)).toString()}`);
      expect(texts.sort()).toEqual(ports.map((port) => `${port} to ${port}`));
      expect(streams.map(({ tail }) => tail.text)).toEqual(ports.map((port) => `from ${port}`));
      harness.stack.close();
      expect(harness.stack.heldBytes).toBe(0);
    });

    it('of UDP carry their own datagrams both ways', () => {
      const harness = new StackHarness();
      harness.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void flow.send(bytes.subarray(start, end)));
      for (const port of ports) harness.stack.ingest(buildUdp(program, server, [port, 53], Buffer.from(String(port))), harness.now);
      harness.stack.poll(harness.now);
      const sent = harness.sink.take().map((frame) => readPacket(frame).payload);
      expect(sent.map((payload) => Buffer.from(payload.subarray(8)).toString())).toEqual(ports.map(String));
      expect(harness.stack.flowCount).toBe(flowCount);
    });
  });

  describe('memory of one connection', () => {
    it('is both queues at most, however slow both sides are', () => {
      const limits = { sendQueueBytes: 200 * kibibyte, receiveWindowBytes: 100 * kibibyte };
      const harness = new StackHarness({ limits });
      const send = (segment: Partial<RawSegment>) => harness.stack.ingest(buildSegment(program, server, segment), harness.now);
      send({ flags: 'S', seq: 99, options: Uint8Array.of(3, 3, 7, 0) });
      const { stream } = harness.accept();
      harness.stack.poll(harness.now);
      send({ flags: 'A', seq: 100, ack: 0xfffffff1 });
      // Nobody acknowledges, and everything comes out of order.
      while (stream.write(new Uint8Array(64 * kibibyte)) > 0) harness.stack.poll(harness.now);
      for (let seq = 101; seq < 300_000; seq += 1000) send({ flags: 'A', seq, ack: 0xfffffff1, payload: new Uint8Array(1000) });
      harness.stack.poll(harness.now);
      expect(harness.stack.heldBytes).toBeGreaterThan(limits.sendQueueBytes + limits.receiveWindowBytes / 2);
      expect(harness.stack.heldBytes).toBeLessThanOrEqual(limits.sendQueueBytes + limits.receiveWindowBytes);
    });

    it('is returned when it ends', () => {
      const harness = new StackHarness();
      harness.exchange(buildSegment(program, server, { flags: 'S', seq: 99 }));
      const { stream } = harness.accept();
      harness.poll();
      harness.exchange(buildSegment(program, server, { flags: 'A', seq: 100, ack: 0xfffffff1 }));
      stream.write(new Uint8Array(10 * kibibyte));
      expect(harness.stack.heldBytes).toBe(16 * kibibyte);
      harness.exchange(buildSegment(program, server, { flags: 'R', seq: 100 }));
      expect([harness.stack.heldBytes, harness.stack.flowCount]).toEqual([0, 0]);
    });
  });
});
