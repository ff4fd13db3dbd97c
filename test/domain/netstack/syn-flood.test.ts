import { describe, expect, it } from 'vitest';
import type { PendingTcp } from '../../../src/domain/netstack/stack-events.ts';
import { buildSegment, readSegment, type RawSegment } from '../../support/netstack/raw-packet.ts';
import { RecordingHandler, StackHarness } from '../../support/netstack/stack-harness.ts';

const hosts = {
  4: { program: '10.0.0.2', server: '192.0.2.7', honest: '192.0.2.8' },
  6: { program: 'fd00::2', server: '2001:db8::7', honest: '2001:db8::8' },
} as const;

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const { program, server: flooded, honest } = hosts[version];
  const ipBytes = version === 4 ? 20 : 40;

  const limits = { maxPendingOpens: 64, maxTcpFlows: 256 };

  /** SYNs from 100,000 different ends, as fast as they can be made: port and number are written into one packet. */
  function flood(harness: StackHarness, count: number, each: (i: number) => void = () => undefined): void {
    const syn = buildSegment(program, flooded, { flags: 'S' });
    const frame = Uint8Array.from([1, ...new Uint8Array(9), ...syn]); // the device vouches for the checksum
    const view = new DataView(frame.buffer);
    for (let i = 0; i < count; i++) {
      view.setUint16(10 + ipBytes, 1 + (i % 65_000));
      view.setUint32(10 + ipBytes + 4, i);
      harness.stack.ingest(frame, harness.now);
      if (i % 32 === 31) harness.stack.poll(harness.now);
      each(i);
    }
  }

  function ingest(harness: StackHarness, destination: string, segment: Partial<RawSegment>): void {
    const packet = buildSegment(program, destination, { sourcePort: 7, ...segment });
    harness.stack.ingest(Uint8Array.from([...new Uint8Array(10), ...packet]), harness.now);
  }

  const makeHarness = () => new StackHarness({ virtioHeader: true, limits });

  describe('a flood of opens', () => {
    it('that nobody answers is bounded, pushes out only itself, and tells so', () => {
      const harness = makeHarness();
      const waiting = new Set<PendingTcp>();
      let most = 0;
      harness.onTcp = (pending) => {
        harness.pendings.length = 0;
        waiting.add(pending);
        pending.onAbandoned = () => waiting.delete(pending);
      };
      ingest(harness, honest, { flags: 'S', seq: 99 });
      const [first] = waiting;
      flood(harness, 100_000, () => (most = Math.max(most, waiting.size, harness.stack.flowCount)));
      expect([most, waiting.size, harness.stack.flowCount]).toEqual([64, 64, 64]);
      expect(harness.stack.counters).toMatchObject({ tcpOpened: 100_001, tcpOpensEvicted: 100_001 - 64, tcpOpensDropped: 0 });
      // The one from before is still there, and opens.
      const handler = new RecordingHandler();
      expect(first?.accept(handler)).toBeDefined();
      harness.stack.poll(harness.now);
      ingest(harness, honest, { flags: 'A', seq: 100, ack: 0xfffffff1, payload: Uint8Array.of(5) });
      expect(handler.received).toEqual([5]);
    });

    it('that is accepted, and never completed, is bounded too', () => {
      const harness = makeHarness();
      const handlers: RecordingHandler[] = [];
      let most = 0;
      harness.onTcp = (pending) => {
        harness.pendings.length = 0;
        const handler = new RecordingHandler();
        handlers.push(handler);
        pending.accept(handler);
      };
      flood(harness, 5000, (i) => {
        if (i % 32 === 31) harness.sink.frames = [];
        most = Math.max(most, harness.stack.flowCount);
      });
      harness.stack.poll(harness.now);
      expect(most).toBeLessThanOrEqual(256);
      expect([harness.stack.flowCount, handlers.filter((handler) => handler.log.length === 0).length]).toEqual([64, 64]);
      expect(handlers[0]?.log).toEqual(['closed reset']);
    });

    it('lets an open to the same destination through that is answered in time', () => {
      const harness = makeHarness();
      let mine: PendingTcp | undefined;
      harness.onTcp = (pending) => {
        harness.pendings.length = 0;
        if (pending.source.port === 65_535) mine = pending;
      };
      flood(harness, 1000);
      ingest(harness, flooded, { flags: 'S', sourcePort: 65_535, seq: 99 });
      flood(harness, 63);
      const handler = new RecordingHandler();
      expect(mine?.accept(handler)).toBeDefined();
      harness.stack.poll(harness.now);
      ingest(harness, flooded, { flags: 'A', sourcePort: 65_535, seq: 100, ack: 0xfffffff1, payload: Uint8Array.of(5) });
      flood(harness, 1000);
      expect([handler.received, handler.log]).toEqual([[5], ['data 1']]);
    });

    it('whose refusals the device does not take is bounded', () => {
      const harness = makeHarness();
      harness.sink.limit = 0;
      harness.onTcp = (pending) => (pending.refuse('refused'), (harness.pendings.length = 0));
      flood(harness, 1000);
      expect([harness.stack.flowCount, harness.stack.counters.tcpOpensDropped]).toEqual([64, 1000 - 64]);
      harness.sink.limit = Infinity;
      harness.stack.poll(harness.now);
      expect([harness.sink.take().length, harness.stack.flowCount]).toEqual([64, 0]);
    });

    it('with large SYNs keeps of each only what an ICMP error quotes', () => {
      const harness = makeHarness();
      ingest(harness, honest, { flags: 'S', payload: new Uint8Array(40_000) });
      harness.pendings[0]?.refuse('prohibited');
      harness.stack.poll(harness.now);
      expect(harness.sink.take()[0]).toHaveLength(10 + (version === 4 ? 576 : 1280));
    });

    it('tells no user twice, and none who reset, while their RSTs wait for a full device', () => {
      const harness = new StackHarness({ limits: { ...limits, maxPendingOpens: 1 } });
      const open = (sourcePort: number) => harness.stack.ingest(buildSegment(program, flooded, { flags: 'S', sourcePort }), harness.now);
      open(1);
      const { stream, handler } = harness.accept();
      harness.poll();
      harness.sink.limit = 0;
      stream.reset();
      open(2);
      expect([handler.log, harness.pendings.length, harness.stack.counters.tcpOpensEvicted]).toEqual([[], 2, 0]);
      harness.accept();
      harness.sink.limit = Infinity;
      expect(
        harness
          .poll()
          .map((packet) => readSegment(packet).flags)
          .toSorted(),
      ).toEqual(['RA', 'SA']);
    });
  });
});
