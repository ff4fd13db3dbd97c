import { describe, expect, it } from 'vitest';
import { FaultInjector, noFaults, type FrameFaults } from '../../../../src/domain/netstack/device/fault-injector.ts';
import { instant } from '../../../../src/domain/netstack/instant.ts';
import { seededRandom } from '../../../support/netstack/rough-path.ts';
import { MemorySink } from '../../../support/netstack/stack-harness.ts';

/** An injector on a clock that stands until `nowMs` is set; a frame is its number, in two bytes. */
class Bench {
  readonly sink = new MemorySink();
  readonly injector: FaultInjector;
  nowMs = 0;

  constructor(faults: Partial<FrameFaults>, options: { seed?: number; maxHeldFrames?: number } = {}) {
    this.injector = new FaultInjector({
      sink: this.sink,
      virtioHeader: false,
      now: () => instant(this.nowMs),
      random: seededRandom(options.seed ?? 1),
      faults: { ...noFaults, ...faults },
      ...options,
    });
  }

  /** @returns whether there was room */
  send(number: number): boolean {
    const slot = this.injector.reserve(2);
    if (!slot) return false;
    slot.set([number >> 8, number & 255]);
    this.injector.commit(2);
    return true;
  }

  sendAll(count: number): void {
    for (let i = 0; i < count; i++) this.send(i);
  }

  /** What arrived since the last time, by number. */
  take(): number[] {
    return this.sink.take().map((frame) => ((frame[0] ?? 0) << 8) | (frame[1] ?? 0));
  }

  /** Lets time pass until nothing is held. */
  finish(): number[] {
    for (let at = this.injector.pollAt(); at !== undefined; at = this.injector.pollAt()) {
      this.nowMs = Math.max(this.nowMs, at);
      this.injector.poll();
    }
    return this.take();
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a path without faults', () => {
  it('passes each frame at once, in order', () => {
    const bench = new Bench({});
    bench.sendAll(100);
    expect(bench.take()).toEqual(upTo(100));
    expect(bench.injector.pollAt()).toBeUndefined();
  });

  it('holds what its sink has no room for, and is full itself at its limit', () => {
    const bench = new Bench({}, { maxHeldFrames: 3 });
    bench.sink.limit = 2;
    expect(upTo(7).map((i) => bench.send(i))).toEqual([true, true, true, true, true, false, false]);
    expect(bench.take()).toEqual([0, 1]);
    bench.injector.poll();
    expect(bench.take()).toEqual([2, 3]);
    expect(bench.injector.pollAt()).toBe(0);
    expect(bench.send(5)).toBe(true);
    expect(bench.finish()).toEqual([4, 5]);
  });
});

describe('a path with faults', () => {
  it('loses the share it is told, and nothing else', () => {
    const bench = new Bench({ loss: 0.1 });
    bench.sendAll(10_000);
    const arrived = bench.take();
    expect(bench.injector.injected).toEqual({ loss: 10_000 - arrived.length, duplication: 0, reordering: 0, corruption: 0 });
    expect(arrived.length).toBeGreaterThan(8800);
    expect(arrived.length).toBeLessThan(9200);
    expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
  });

  it('doubles frames, the copy later', () => {
    const bench = new Bench({ duplication: 0.5, reorderingMs: 10 });
    bench.sendAll(1000);
    expect(bench.take()).toEqual(upTo(1000));
    const copies = bench.finish();
    expect(copies.length).toBeGreaterThan(400);
    expect(new Set(copies).size).toBe(copies.length);
  });

  it('lets later frames overtake some, and loses none', () => {
    const bench = new Bench({ reordering: 0.2, reorderingMs: 5 });
    const arrived: number[] = [];
    for (const i of upTo(1000)) {
      bench.send(i);
      bench.nowMs++;
      bench.injector.poll();
      arrived.push(...bench.take());
    }
    arrived.push(...bench.finish());
    expect(arrived).not.toEqual(upTo(1000));
    expect([...arrived].sort((a, b) => a - b)).toEqual(upTo(1000));
    expect(Math.max(...arrived.map((number, i) => Math.abs(number - i)))).toBeLessThanOrEqual(5);
  });

  it('delays all alike, and says when to look again', () => {
    const bench = new Bench({ delayMs: 20 });
    bench.send(1);
    bench.nowMs = 5;
    bench.send(2);
    expect([bench.take(), bench.injector.pollAt()]).toEqual([[], 20]);
    bench.nowMs = 20;
    bench.injector.poll();
    expect([bench.take(), bench.injector.pollAt()]).toEqual([[1], 25]);
  });

  it('flips one bit of the share it is told', () => {
    const bench = new Bench({ corruption: 0.5 });
    for (let i = 0; i < 1000; i++) bench.send(0);
    const flipped = bench.take().filter((number) => number !== 0);
    expect(flipped.length).toBeGreaterThan(400);
    expect(flipped.length).toBeLessThan(600);
    expect(flipped.every((number) => (number & (number - 1)) === 0)).toBe(true);
  });

  it('does the same again with the same seed, and other things with another', () => {
    const faults = { loss: 0.2, duplication: 0.2, reordering: 0.2, corruption: 0.2, reorderingMs: 7, delayMs: 1 };
    const run = (seed: number): number[] => {
      const bench = new Bench(faults, { seed });
      bench.sendAll(300);
      return bench.finish();
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });
});
