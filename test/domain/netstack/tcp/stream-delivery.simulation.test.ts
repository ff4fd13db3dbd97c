import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingHandler, StackHarness } from '../../../support/netstack/stack-harness.ts';
import { RoughNetwork } from '../../../support/netstack/rough-network.ts';
import { smooth, type Roughness } from '../../../support/netstack/rough-path.ts';
import { TcpClient } from '../../../support/netstack/tcp-client.ts';
import type { TcpStream } from '../../../../src/domain/netstack/stack-events.ts';

function pattern(length: number, salt: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8) * 7 + salt) & 255);
}

/** A user of the stream that sends `data`, and consumes what it gets after it arrived. */
function serve(harness: StackHarness, data: Uint8Array): RecordingHandler {
  const handler = new RecordingHandler();
  harness.onTcp = (pending) => {
    const stream = pending.accept(handler) as TcpStream;
    let sent = 0;
    const pump = () => {
      sent += stream.write(data.subarray(sent));
      if (sent === data.length) stream.end();
    };
    handler.onData = (bytes) => stream.consumed(bytes.length);
    handler.onWritable = pump;
    pump();
  };
  return handler;
}

/** By length and first difference: comparing large arrays by `toEqual` is slow. */
function expectSame(actual: readonly number[], expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((byte, i) => byte !== expected[i])).toBe(-1);
}

interface Trip {
  readonly version: 4 | 6;
  readonly up: number;
  readonly down: number;
  readonly roughness: Roughness;
  readonly seed: number;
  readonly window?: number;
}

function run(trip: Trip) {
  const up = pattern(trip.up, 1);
  const down = pattern(trip.down, 99);
  const harness = new StackHarness({ limits: { receiveWindowBytes: trip.window ?? 65_536, sendQueueBytes: 16_384 } });
  const handler = serve(harness, down);
  const client = new TcpClient({ version: trip.version, data: up });
  const network = new RoughNetwork(harness, client, trip.roughness, trip.seed);
  const isOver = () => client.isOver && handler.log.some((line) => line.startsWith('closed'));
  const done = network.run(isOver, 3_600_000);
  return { harness, handler, client, done, up, down };
}

describe('a stream over a smooth path', () => {
  for (const version of [4, 6] as const) {
    it(`IPv${version}: delivers both ways, closes, and forgets`, () => {
      const { harness, handler, client, up, down, done } = run({ version, up: 150_000, down: 150_000, roughness: smooth, seed: 1 });
      expect(done).toBe(true);
      expectSame(handler.received, up);
      expectSame(client.received, down);
      expect(handler.log.at(-1)).toBe('closed');
      expect(harness.stack.counters.segmentsRetransmitted).toBe(0);
      harness.advance(5000);
      expect(harness.stack.flowCount).toBe(0);
      expect(harness.stack.pollAt()).toBeUndefined();
    });
  }
});

describe('a stream over a rough path', () => {
  // By tenths of a percent: of all numbers that a double can be, most are next to nothing.
  const chance = (most: number) => fc.nat(most * 1000).map((perMille) => perMille / 1000);
  const roughness = fc.record({ loss: chance(0.25), duplicate: chance(0.2), reorder: chance(0.4), corrupt: chance(0.05) });
  const trip = fc.record({
    version: fc.constantFrom<4 | 6>(4, 6),
    up: fc.integer({ min: 0, max: 20_000 }),
    down: fc.integer({ min: 0, max: 20_000 }),
    window: fc.constantFrom(2000, 9000, 65_536, 300_000),
    roughness,
    seed: fc.integer(),
  });

  it('delivers exactly, or resets, and never hangs', () => {
    let delivered = 0;
    fc.assert(
      fc.property(trip, (options) => {
        const { handler, client, up, down, done } = run(options);
        expect(done).toBe(true);
        // A prefix, whatever happened; all of it where nobody reset.
        expectSame(handler.received, up.subarray(0, handler.received.length));
        expectSame(client.received, down.subarray(0, client.received.length));
        const clean = client.state === 'done' && handler.log.at(-1) === 'closed';
        if (clean) {
          delivered++;
          expect(handler.received.length).toBe(up.length);
          expect(client.received.length).toBe(down.length);
        }
      }),
      { numRuns: 150 },
    );
    expect(delivered).toBeGreaterThan(120);
  }, 60_000);

  it('gives up on a program that never answers again', () => {
    const { handler, done } = run({ version: 4, up: 10, down: 50_000, roughness: { ...smooth, loss: 0 }, seed: 3 });
    expect(done).toBe(true);
    expect(handler.log.at(-1)).toBe('closed');
    const harness = new StackHarness();
    const silent = serve(harness, pattern(50_000, 1));
    const client = new TcpClient({ version: 4, data: pattern(10, 2) });
    const network = new RoughNetwork(harness, client, smooth, 1);
    network.run(() => client.received.length > 0, 10_000);
    harness.advance(3_600_000);
    expect(silent.log.at(-1)).toBe('closed timed-out');
    expect(harness.stack.flowCount).toBe(0);
  });
});
