import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinTcp } from '../../../src/adapters/tun/tcp-relay.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { memoryChannelPair, type MemoryChannel } from '../../fakes/memory-channel.ts';
import { RecordingSink } from '../../fakes/recording-sink.ts';
import { FakePendingTcp, type FakeTcpStream } from '../../fakes/stack-flows.ts';

/** What happens, in any order; sizes in bytes. */
type Step =
  | { readonly step: 'program sends' | 'program reads' | 'far side sends'; readonly bytes: number }
  | { readonly step: 'far side pauses' | 'far side resumes' | 'time passes' | 'program ends' | 'far side ends' };

const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 3000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ step: fc.constantFrom('program sends', 'program reads', 'far side sends'), bytes: size }) },
  { weight: 5, arbitrary: fc.record({ step: fc.constantFrom('far side pauses', 'far side resumes', 'time passes', 'time passes') }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constantFrom('program ends', 'far side ends') }) },
) as fc.Arbitrary<Step>;
const limits = fc.record({ roomBytes: fc.integer({ min: 1, max: 2000 }), windowBytes: fc.integer({ min: 1, max: 2000 }) });

/** Both ends of one relayed connection. */
class Scene {
  readonly stream: FakeTcpStream;
  readonly far: MemoryChannel;
  readonly farSink = new RecordingSink();
  readonly sentByProgram: number[] = [];
  readonly sentByFar: number[] = [];
  #programEnded = false;
  #farEnded = false;

  constructor(streamLimits: { roomBytes: number; windowBytes: number }, channelRoom: number) {
    const [near, far] = memoryChannelPair(channelRoom);
    this.far = far;
    far.attach(this.farSink);
    const pending = new FakePendingTcp(streamLimits);
    joinTcp(pending, near);
    this.stream = pending.accepted;
  }

  async play(one: Step): Promise<void> {
    if (one.step === 'program sends' && !this.#programEnded) this.#programSends(one.bytes);
    else if (one.step === 'far side sends' && !this.#farEnded) this.#farSends(one.bytes);
    else if (one.step === 'program reads') this.stream.programReads(one.bytes);
    else if (one.step === 'far side pauses') this.far.pause();
    else if (one.step === 'far side resumes') this.far.resume();
    else if (one.step === 'program ends') this.endProgram();
    else if (one.step === 'far side ends') this.endFar();
    else await settle();
  }

  endProgram(): void {
    this.#programEnded = true;
    this.stream.programEnds();
  }

  endFar(): void {
    this.#farEnded = true;
    this.far.end();
  }

  /** Everybody reads until nothing more comes. */
  async drain(): Promise<void> {
    this.far.resume();
    for (let before = -1; before !== this.stream.received.length + this.farSink.bytes.length;) {
      before = this.stream.received.length + this.farSink.bytes.length;
      await settle();
      this.stream.programReads(Infinity);
      await settle();
    }
  }

  #programSends(count: number): void {
    const bytes = numbered(this.sentByProgram.length, count);
    const sent = this.stream.programSends(bytes);
    this.sentByProgram.push(...bytes.subarray(0, sent));
  }

  #farSends(count: number): void {
    const bytes = numbered(this.sentByFar.length, count);
    this.sentByFar.push(...bytes);
    this.far.write(bytes);
  }
}

/** Bytes that tell their place. */
function numbered(from: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => ((from + i) * 31 + ((from + i) >> 8)) & 0xff);
}

describe('the TCP relay, in any interleaving', () => {
  it('delivers exactly what was sent, both ways, each end after its bytes, and gives all window back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        limits,
        fc.integer({ min: 1, max: 4000 }),
        async (steps, streamLimits, channelRoom) => {
          const scene = new Scene(streamLimits, channelRoom);
          for (const one of steps) await scene.play(one);
          await scene.drain();
          expect(Buffer.compare(scene.stream.received, Buffer.from(scene.sentByFar))).toBe(0);
          expect(Buffer.compare(scene.farSink.bytes, Buffer.from(scene.sentByProgram))).toBe(0);
          if (!scene.stream.isClosed) expect(scene.stream.window).toBe(streamLimits.windowBytes);
          scene.endProgram();
          scene.endFar();
          await scene.drain();
          expect([scene.stream.endSeen, scene.stream.endCount, scene.stream.isReset]).toEqual([true, 1, false]);
          expect([scene.farSink.endSeen, scene.farSink.closedCount, scene.farSink.failure]).toEqual([true, 1, undefined]);
          expect(scene.farSink.breaches).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('passes a reset on as one, whenever it comes, and never as an end', async () => {
    const reset = fc.constantFrom('program resets', 'program times out', 'far side resets');
    const withoutEnds = step.filter(({ step: what }) => !what.endsWith('ends'));
    await fc.assert(
      fc.asyncProperty(fc.array(withoutEnds, { maxLength: 30 }), limits, reset, async (steps, streamLimits, how) => {
        const scene = new Scene(streamLimits, 500);
        for (const one of steps) await scene.play(one);
        if (how === 'far side resets') scene.far.reset({ errno: 'ECONNRESET', message: 'test' });
        else scene.stream.programFails(how === 'program resets' ? 'reset' : 'timed-out');
        await settle();
        expect(scene.stream.isReset).toBe(how === 'far side resets');
        expect(scene.farSink.failure?.errno).toBe(how === 'program times out' ? 'ETIMEDOUT' : 'ECONNRESET');
        expect([scene.stream.endCount, scene.farSink.endSeen, scene.farSink.breaches]).toEqual([0, false, []]);
      }),
    );
  });
});
