import { describe, expect, it } from 'vitest';
import { instant } from '../../../../src/domain/netstack/instant.ts';
import { buildSegment, readPacket, readSegment, type RawSegment } from '../../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../../support/netstack/stack-harness.ts';
import type { NetStackOptions } from '../../../../src/domain/netstack/net-stack.ts';

const hosts = { 4: { program: '10.0.0.2', server: '192.0.2.7' }, 6: { program: 'fd00::2', server: '2001:db8::7' } } as const;

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const { program, server } = hosts[version];
  const mss = version === 4 ? 1460 : 1440;
  const icmp = {
    4: { protocol: 1, unreachable: 3, host: 1, net: 0, prohibited: 13 },
    6: { protocol: 58, unreachable: 1, host: 3, net: 0, prohibited: 1 },
  }[version];

  /** Ours is 0xfffffff0, so that numbers wrap early; the program's is 99. */
  const ourIss = 0xfffffff0;
  const options = Uint8Array.of(2, 4, 1000 >> 8, 1000 & 255, 1, 3, 3, 0);

  function segment(fields: Partial<RawSegment>): Uint8Array {
    return buildSegment(program, server, { flags: 'A', seq: 100, ack: (ourIss + 1) >>> 0, ...fields });
  }

  const syn = segment({ flags: 'S', seq: 99, ack: 0, options });

  function open(settings: Partial<NetStackOptions> = {}) {
    const harness = new StackHarness(settings);
    harness.exchange(syn);
    const accepted = harness.accept();
    harness.segments();
    harness.segments(segment({}));
    return { harness, ...accepted };
  }

  const shape = (segments: readonly RawSegment[]) =>
    segments.map(({ flags, payload }) => `${flags}${payload.length > 0 ? ` ${payload.length}` : ''}`);
  const ours = (offset: number) => (ourIss + 1 + offset) >>> 0;

  describe('an open', () => {
    it('is silent until the answer, however often the SYN comes', () => {
      const harness = new StackHarness();
      expect(harness.exchange(syn, syn)).toEqual([]);
      harness.advance(10_000);
      expect(harness.exchange(syn)).toEqual([]);
      expect(harness.pendings.map(({ source, destination }) => [source.port, String(destination.address), destination.port])).toEqual([
        [40_000, server, 80],
      ]);
    });

    it('is accepted by a SYN-ACK with MSS and shift', () => {
      const harness = new StackHarness();
      harness.exchange(syn);
      const { handler } = harness.accept();
      expect(harness.pollsWanted).toBe(1);
      const [answer] = harness.segments();
      expect(answer).toMatchObject({ flags: 'SA', seq: ourIss, ack: 100, window: 65_535, sourcePort: 80, destinationPort: 40_000 });
      expect([...(answer?.options ?? [])]).toEqual([2, 4, mss >> 8, mss & 255, 1, 3, 3, 5]);
      expect([shape(harness.segments(syn)), handler.log]).toEqual([['SA'], []]);
      expect(harness.pendings).toHaveLength(1);
    });

    it.each([
      ['refused', 'RA', undefined],
      ['host-unreachable', undefined, icmp.host],
      ['net-unreachable', undefined, icmp.net],
      ['prohibited', undefined, icmp.prohibited],
      ['timed-out', undefined, undefined],
    ] as const)('%s', (reason, flags, code) => {
      const harness = new StackHarness();
      harness.onTcp = (pending) => (pending.refuse(reason), pending.refuse('refused'));
      const [packet, ...rest] = harness.exchange(syn);
      expect([rest, harness.stack.flowCount]).toEqual([[], 0]);
      if (flags) expect(packet && readSegment(packet)).toMatchObject({ flags, seq: 0, ack: 100 });
      else if (code !== undefined)
        expect([packet?.protocol, ...(packet?.payload.subarray(0, 2) ?? []), packet?.payload.slice(8)]).toEqual([icmp.protocol, icmp.unreachable, code, syn]); // prettier-ignore
      else expect(packet).toBeUndefined();
    });

    it('is abandoned by RST, and by a SYN with another number', () => {
      const harness = new StackHarness();
      let abandoned = 0;
      harness.onTcp = (pending) => (pending.onAbandoned = () => void abandoned++);
      harness.exchange(syn, segment({ flags: 'R', seq: 100 }));
      expect([abandoned, harness.stack.flowCount, harness.pendings[0]?.accept({} as never)]).toEqual([1, 0, undefined]);
      harness.exchange(syn, segment({ flags: 'S', seq: 5000 }));
      expect([abandoned, harness.stack.flowCount, harness.pendings.length]).toEqual([2, 1, 3]);
    });

    it('is dropped where too many refusals wait for the device', () => {
      const harness = new StackHarness({ limits: { maxPendingOpens: 1 } });
      harness.sink.limit = 0;
      harness.onTcp = (pending) => pending.refuse('refused');
      harness.exchange(syn, segment({ flags: 'S', sourcePort: 7 }));
      expect([harness.pendings.length, harness.stack.counters.tcpOpensDropped]).toEqual([1, 1]);
    });

    it('repeats the SYN-ACK, then gives up', () => {
      const harness = new StackHarness();
      harness.exchange(syn);
      const { handler } = harness.accept();
      harness.poll();
      const out = harness.advance(200_000).map(readSegment);
      expect(shape(out)).toEqual(['SA', 'SA', 'SA', 'SA', 'SA', 'RA']);
      expect([handler.log, harness.stack.flowCount]).toEqual([['closed timed-out'], 0]);
    });

    it('answers an ACK of the wrong number with RST, and stays open', () => {
      const harness = new StackHarness();
      harness.exchange(syn);
      harness.accept();
      harness.poll();
      expect(harness.segments(segment({ ack: 77 }))).toMatchObject([{ flags: 'R', seq: 77 }]);
      expect(shape(harness.segments(segment({ payload: Uint8Array.of(1) })))).toEqual(['A']);
    });
  });

  describe('a segment of no connection', () => {
    it.each([
      ['an ACK', { flags: 'A', seq: 5, ack: 9 }, [{ flags: 'R', seq: 9, ack: 0 }]],
      ['data without ACK', { flags: 'P', seq: 5, ack: 0, payload: new Uint8Array(3) }, [{ flags: 'RA', seq: 0, ack: 8 }]],
      ['SYN and FIN', { flags: 'SF', seq: 5, ack: 0 }, [{ flags: 'RA', seq: 0, ack: 7 }]],
      ['RST', { flags: 'R', seq: 5, ack: 0 }, []],
    ] as const)('%s', (_name, fields, expected) => {
      const harness = new StackHarness();
      expect(harness.segments(segment(fields))).toMatchObject(expected);
      expect(harness.pendings).toEqual([]);
    });
  });

  describe('data of the program', () => {
    it('is delivered in order, and a batch gets one ACK', () => {
      const { harness, handler } = open();
      const frames = [0, 1, 2].map((i) => segment({ seq: 100 + 2 * i, payload: Uint8Array.of(2 * i, 2 * i + 1) }));
      expect(harness.segments(...frames)).toMatchObject([{ flags: 'A', ack: 106 }]);
      expect(handler.received).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('out of order is kept, and each segment answered so that the program sees the loss', () => {
      const { harness, handler } = open();
      const at = (offset: number) => segment({ seq: 100 + offset, payload: Uint8Array.of(offset) });
      expect(harness.segments(at(1), at(2), at(3)).map(({ ack }) => ack)).toEqual([100, 100, 100]);
      expect(harness.segments(at(0))).toMatchObject([{ ack: 104 }]);
      expect(handler.received).toEqual([0, 1, 2, 3]);
    });

    it('out of order is acknowledged selectively where the program asked for it, the latest first', () => {
      const harness = new StackHarness();
      harness.exchange(segment({ flags: 'S', seq: 99, ack: 0, options: Uint8Array.of(4, 2, 1, 1) }));
      const { handler } = harness.accept();
      expect([...(harness.segments()[0]?.options ?? [])]).toEqual([2, 4, mss >> 8, mss & 255, 1, 1, 4, 2]);
      const at = (offset: number) => segment({ seq: 100 + offset, payload: Uint8Array.of(offset) });
      const sack = (...edges: readonly number[]) => [1, 1, 5, 2 + 4 * edges.length, ...edges.flatMap((edge) => [0, 0, 0, edge])];
      expect(harness.segments(at(2), at(3)).map(({ options: sent }) => [...sent])).toEqual([sack(102, 104), sack(102, 104)]);
      expect([...(harness.segments(at(5))[0]?.options ?? [])]).toEqual(sack(105, 106, 102, 104));
      expect([...(harness.segments(at(1))[0]?.options ?? [])]).toEqual(sack(101, 104, 105, 106));
      harness.segments(at(0));
      expect(harness.segments(at(4))[0]?.options).toHaveLength(0);
      expect(handler.received).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('is trimmed to what is new and to the window', () => {
      const { harness, handler } = open({ limits: { receiveWindowBytes: 10 } });
      harness.segments(segment({ payload: Uint8Array.of(1, 2, 3) }));
      harness.segments(segment({ seq: 101, payload: Uint8Array.from({ length: 20 }, (_, i) => i + 2) }));
      expect(handler.received).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('closes the window until it is consumed, in steps', () => {
      const { harness, stream } = open({ limits: { receiveWindowBytes: 1000 } });
      expect(harness.segments(segment({ payload: new Uint8Array(1000) }))).toMatchObject([{ ack: 1100, window: 0 }]);
      stream.consumed(400);
      expect(harness.poll()).toEqual([]);
      stream.consumed(100);
      expect(harness.segments()).toMatchObject([{ ack: 1100, window: 500 }]);
      // A probe is answered; a byte beyond the window isn't taken.
      stream.consumed(0);
      expect(harness.segments(segment({ seq: 1099 }))).toMatchObject([{ ack: 1100, window: 500 }]);
    });

    it('after a half-close can still be answered', () => {
      const { harness, handler, stream } = open();
      expect(harness.segments(segment({ flags: 'FA', payload: Uint8Array.of(7) }))).toMatchObject([{ flags: 'A', ack: 102 }]);
      expect(handler.log).toEqual(['data 1', 'ended']);
      stream.write(Uint8Array.of(1, 2));
      stream.end();
      expect(harness.segments()).toMatchObject([{ flags: 'FPA', seq: ours(0), ack: 102 }]);
      harness.segments(segment({ seq: 102, ack: ours(3) }));
      expect([handler.log.at(-1), harness.stack.flowCount]).toEqual(['closed', 0]);
    });
  });

  describe('data to the program', () => {
    it('is cut to its MSS, kept within its window, and ends with FIN', () => {
      const { harness, stream } = open();
      harness.segments(segment({ window: 1500 }));
      expect(stream.write(new Uint8Array(2200))).toBe(2200);
      stream.end();
      expect(stream.write(Uint8Array.of(1))).toBe(0);
      expect(shape(harness.segments())).toEqual(['A 1000']);
      expect(shape(harness.segments(segment({ ack: ours(1000), window: 5000 })))).toEqual(['A 1000', 'FPA 200']);
    });

    it('tells when there is room again', () => {
      const { harness, stream, handler } = open({ limits: { sendQueueBytes: 1000 } });
      expect(stream.write(new Uint8Array(1500))).toBe(1000);
      harness.poll();
      harness.segments(segment({ ack: ours(100) }));
      expect(handler.log).toEqual([]);
      harness.segments(segment({ ack: ours(1000) }));
      expect(handler.log).toEqual(['writable']);
    });

    it('is sent again after a time-out, doubling, until the program is given up', () => {
      const { harness, stream, handler } = open({ limits: { maxRetransmissions: 3 } });
      stream.write(new Uint8Array(1500));
      expect(shape(harness.segments())).toEqual(['A 1000', 'PA 500']);
      const times: number[] = [];
      for (let at = harness.stack.pollAt(); at !== undefined; at = harness.stack.pollAt()) {
        harness.nowMs = at;
        const out = harness.segments();
        if (out.length > 0) times.push(Math.round(at - 1000));
        if (out[0]?.flags === 'RA') break;
        if (out.length > 0) expect(shape(out)).toEqual(['A 1000']);
      }
      // The handshake took no time on this clock, so the time-out is at its floor.
      expect(times).toEqual([200, 600, 1400, 3000]);
      expect(handler.log).toEqual(['closed timed-out']);
    });

    it('is sent again at once after three duplicate ACKs', () => {
      const { harness, stream } = open();
      stream.write(new Uint8Array(5000));
      expect(harness.segments()).toHaveLength(5);
      expect(harness.segments(segment({}), segment({}))).toEqual([]);
      expect(harness.segments(segment({}))).toMatchObject([{ seq: ours(0) }]);
      // A partial ACK tells of the next loss.
      expect(harness.segments(segment({ ack: ours(2000) }))).toMatchObject([{ seq: ours(2000) }]);
      expect(harness.segments(segment({ ack: ours(5000) }))).toEqual([]);
      expect(harness.stack.counters.segmentsRetransmitted).toBe(2);
    });

    it('probes a closed window for as long as there are answers', () => {
      const { harness, stream, handler } = open({ limits: { maxRetransmissions: 2 } });
      harness.segments(segment({ window: 0 }));
      stream.write(new Uint8Array(10));
      expect(harness.segments()).toEqual([]);
      for (let i = 0; i < 8; i++) {
        const at = harness.stack.pollAt() ?? instant(0);
        harness.nowMs = Math.max(at, harness.nowMs);
        expect(harness.segments()).toMatchObject([{ flags: 'A', seq: ours(-1) }]);
        harness.segments(segment({ window: 0 }));
      }
      expect(shape(harness.segments(segment({ window: 100 })))).toEqual(['PA 10']);
      expect(handler.log).toEqual([]);
    });

    it('gives up on a closed window without answers', () => {
      const { harness, stream, handler } = open({ limits: { maxRetransmissions: 2 } });
      harness.segments(segment({ window: 0 }));
      stream.write(new Uint8Array(10));
      expect(shape(harness.advance(100_000).map(readSegment))).toEqual(['A', 'A', 'RA']);
      expect(handler.log).toEqual(['closed timed-out']);
    });
  });

  describe('a reset', () => {
    it('by us goes out at once, whatever was written, and is the last word', () => {
      const { harness, stream, handler } = open();
      stream.write(new Uint8Array(100));
      stream.reset();
      stream.reset();
      expect(harness.segments()).toMatchObject([{ flags: 'RA', seq: ours(0), ack: 100 }]);
      expect([handler.log, harness.stack.flowCount, stream.write(new Uint8Array(1))]).toEqual([[], 0, 0]);
    });

    it('by the program counts at the exact number only (RFC 5961)', () => {
      const { harness, handler } = open();
      expect(harness.segments(segment({ flags: 'R', seq: 105 }))).toMatchObject([{ flags: 'A', ack: 100 }]);
      expect(harness.segments(segment({ flags: 'R', seq: 9 }))).toEqual([]);
      expect(handler.log).toEqual([]);
      expect(harness.segments(segment({ flags: 'R' }))).toEqual([]);
      expect([handler.log, harness.stack.flowCount]).toEqual([['closed reset'], 0]);
    });

    it('from within a handler ends the delivery', () => {
      const { harness, handler, stream } = open();
      handler.onData = () => stream.reset();
      const out = harness.segments(
        segment({ seq: 101, payload: Uint8Array.of(2) }),
        segment({ flags: 'FA', seq: 100, payload: Uint8Array.of(1) }),
      );
      expect([shape(out), handler.log]).toEqual([['RA'], ['data 1']]);
    });

    it('is not provoked by a SYN, an ACK from the future or one from long ago', () => {
      const { harness, handler } = open();
      expect(shape(harness.segments(segment({ flags: 'S', seq: 100 })))).toEqual(['A']);
      expect(shape(harness.segments(segment({ ack: ours(1) })))).toEqual(['A']);
      expect(shape(harness.segments(segment({ ack: ours(-100_000) })))).toEqual(['A']);
      expect([harness.stack.counters.challengeAcks, handler.log]).toEqual([3, []]);
    });
  });

  describe('closing', () => {
    it('first by us ends in TIME-WAIT, which repeats the last ACK and makes way for a new SYN', () => {
      const { harness, handler, stream } = open();
      stream.end();
      expect(harness.segments()).toMatchObject([{ flags: 'FPA', seq: ours(0) }]);
      harness.segments(segment({ ack: ours(1) }));
      const fin = segment({ flags: 'FA', ack: ours(1) });
      expect(harness.segments(fin)).toMatchObject([{ flags: 'A', ack: 101 }]);
      expect(handler.log).toEqual(['ended', 'closed']);
      expect(harness.segments(fin)).toMatchObject([{ flags: 'A', ack: 101 }]);
      expect(harness.stack.flowCount).toBe(1);
      harness.exchange(syn);
      expect(harness.pendings).toHaveLength(1);
      harness.exchange(segment({ flags: 'S', seq: 7000, ack: 0 }));
      expect(harness.pendings).toHaveLength(2);
    });

    it('at once by both ends too, and is forgotten after a second', () => {
      const { harness, handler, stream } = open();
      stream.end();
      harness.segments();
      expect(shape(harness.segments(segment({ flags: 'FA' })))).toEqual(['A']);
      expect(handler.log).toEqual(['ended']);
      harness.segments(segment({ seq: 101, ack: ours(1) }));
      expect([handler.log.at(-1), harness.stack.flowCount]).toEqual(['closed', 1]);
      harness.advance(1001);
      expect([harness.stack.flowCount, harness.stack.pollAt()]).toEqual([0, undefined]);
    });

    it('keeps no more in TIME-WAIT than it may', () => {
      const harness = new StackHarness({ limits: { maxTimeWaits: 2 } });
      for (const sourcePort of [1, 2, 3]) {
        harness.exchange(segment({ flags: 'S', seq: 99, ack: 0, sourcePort }));
        const { stream } = harness.accept();
        harness.poll();
        harness.exchange(segment({ sourcePort }));
        stream.end();
        harness.poll();
        harness.exchange(segment({ sourcePort, flags: 'FA', ack: ours(1) }));
      }
      expect(harness.stack.flowCount).toBe(2);
    });

    it('repeats the FIN', () => {
      const { harness, stream } = open();
      stream.end();
      harness.poll();
      expect(shape(harness.advance(200).map(readSegment))).toEqual(['FPA']);
    });
  });

  it('asks for a poll once, however much there is', () => {
    const { harness, stream } = open();
    const before = harness.pollsWanted;
    stream.write(Uint8Array.of(1));
    stream.write(Uint8Array.of(2));
    stream.end();
    expect(harness.pollsWanted).toBe(before + 1);
    harness.stack.poll(harness.now);
    expect(harness.sink.take().map((frame) => readSegment(readPacket(frame)).payload)).toEqual([Uint8Array.of(1, 2)]);
  });
});
