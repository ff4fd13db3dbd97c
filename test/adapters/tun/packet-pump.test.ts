import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchSink } from '../../../src/adapters/tun/batch-sink.ts';
import { PacketPump } from '../../../src/adapters/tun/packet-pump.ts';
import { TunnelError } from '../../../src/domain/errors.ts';
import { instant, type Instant } from '../../../src/domain/netstack/instant.ts';
import { MemoryFrameDevice } from '../../fakes/memory-frame-device.ts';

/** The loop turns once: what waits for that runs, no time passes. */
function turn(): void {
  vi.advanceTimersByTime(0);
}

/** A packet core that keeps what it gets, and emits what a test queued as long as there are slots. */
class ScriptedStack {
  readonly ingested: string[] = [];
  readonly output: string[] = [];
  polls = 0;
  due: Instant | undefined;
  readonly #sink: BatchSink;

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  ingest(slot: Uint8Array, _now: Instant, lengthBytes?: number): void {
    this.ingested.push(Buffer.from(slot.subarray(0, lengthBytes)).toString());
  }

  poll(): void {
    this.polls++;
    for (let frame = this.output[0]; frame !== undefined; frame = this.output[0]) {
      const slot = this.#sink.reserve(frame.length);
      if (!slot) return;
      this.#sink.commit(Buffer.from(frame).copy(slot));
      this.output.shift();
    }
  }

  pollAt(): Instant | undefined {
    return this.due;
  }
}

const frames = (count: number, name = 'frame'): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);

describe('PacketPump', () => {
  let device: MemoryFrameDevice;
  let stack: ScriptedStack;
  let pump: PacketPump;
  let captured: string[];
  let failures: Error[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
    device = new MemoryFrameDevice();
    captured = [];
    failures = [];
    const capture = (frame: Uint8Array): void => void captured.push(Buffer.from(frame).toString());
    const sink = new BatchSink(device, capture);
    stack = new ScriptedStack(sink);
    pump = new PacketPump({ device, stack, sink, capture, failed: (error) => failures.push(error) });
  });
  afterEach(() => {
    pump.stop();
    vi.useRealTimers();
  });

  it('gives what the device has to the stack, in order, and waits for more', () => {
    pump.start();
    device.incoming.push(...frames(3));
    device.tell('readable');
    expect(stack.ingested).toEqual(frames(3));
    expect(stack.polls).toBeGreaterThan(0);
    expect(device.waitsFor('readable')).toBe(true);
  });

  it('polls once for a batch, not once for a frame', () => {
    pump.start();
    device.incoming.push(...frames(20));
    device.tell('readable');
    expect(stack.polls).toBe(1);
  });

  it('lets the loop turn while there is no end of frames', () => {
    pump.start();
    device.incoming.push(...frames(300));
    device.tell('readable');
    expect(stack.ingested).toHaveLength(128);
    expect(device.waitsFor('readable')).toBe(false);
    vi.runOnlyPendingTimers();
    vi.runOnlyPendingTimers();
    expect(stack.ingested).toEqual(frames(300));
    expect(device.waitsFor('readable')).toBe(true);
  });

  it('writes all that the stack emits, in batches', () => {
    stack.output.push(...frames(100));
    pump.pollSoon();
    turn();
    expect(device.written).toEqual(frames(100));
  });

  it('keeps what the device has no room for, in order, and goes on when there is', () => {
    stack.output.push(...frames(50));
    device.room = 10;
    pump.pollSoon();
    turn();
    expect(device.written).toEqual(frames(10));
    device.room = 30;
    device.tell('writable');
    device.room = Infinity;
    device.tell('writable');
    expect(device.written).toEqual(frames(50));
    expect(device.waitsFor('writable')).toBe(false);
  });

  it('polls once, at the end of the turn, however often that was asked for', () => {
    pump.pollSoon();
    pump.pollSoon();
    expect(stack.polls).toBe(0);
    turn();
    expect(stack.polls).toBe(1);
  });

  it('polls when the stack’s timer is due, not before', () => {
    stack.due = instant(performance.now() + 200);
    pump.pollSoon();
    turn();
    stack.due = undefined;
    vi.advanceTimersByTime(199);
    expect(stack.polls).toBe(1);
    vi.advanceTimersByTime(2);
    expect(stack.polls).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect(stack.polls).toBe(2);
  });

  it('looks at what the device has before the stack sees that time has passed', () => {
    pump.start();
    stack.due = instant(performance.now() + 200);
    pump.pollSoon();
    turn();
    stack.poll = () => void stack.ingested.push(`poll at ${performance.now()}`);
    // It was stopped for a second: the frame and the timer are due in the same turn.
    device.incoming.push('an ACK');
    vi.advanceTimersByTime(1000);
    expect(stack.ingested[0]).toBe('an ACK');
  });

  it('shows the capture each frame once, both ways', () => {
    pump.start();
    stack.output.push('out');
    device.incoming.push('in');
    device.tell('readable');
    expect(captured).toEqual(['in', 'out']);
  });

  it('tells once that the device failed, and stops', () => {
    pump.start();
    device.failure = new TunnelError({ code: 'TUNNEL_LOST', message: 'the device is gone' });
    device.tell('readable');
    stack.output.push('more');
    pump.pollSoon();
    turn();
    vi.advanceTimersByTime(10_000);
    expect(failures).toEqual([device.failure]);
    expect(device.written).toEqual([]);
  });

  it('does nothing after it was stopped', () => {
    pump.start();
    stack.due = instant(performance.now() + 10);
    pump.pollSoon();
    pump.stop();
    device.incoming.push('late');
    device.tell('readable');
    turn();
    vi.advanceTimersByTime(1000);
    expect([stack.ingested, stack.polls, vi.getTimerCount()]).toEqual([[], 0, 0]);
  });
});
