import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { joinChannels } from '../../src/domain/channel-join.ts';
import { ParkedChannel } from '../../src/domain/parked-channel.ts';
import { describeByteChannel } from '../conformance/byte-channel.suite.ts';
import { memoryChannelPair } from '../fakes/memory-channel.ts';
import { record } from '../fakes/recording-sink.ts';
import { ChannelProbe } from '../support/link-channel-probe.ts';

/** Two ends with a join between, of a channel that waited for it or not. */
function joinedPair(isParked: boolean): readonly [ByteChannel, ByteChannel] {
  const [near, middleNear] = memoryChannelPair();
  const [middleFar, far] = memoryChannelPair();
  void joinChannels(isParked ? new ParkedChannel(middleNear) : middleNear, middleFar);
  return [near, far];
}

for (const isParked of [false, true])
  describeByteChannel(isParked ? 'a parked channel, joined' : 'two channels joined', {
    halfClose: true,
    setUp: async () => undefined,
    tearDown: async () => undefined,
    connect: async (keep = true) => {
      const [near, far] = joinedPair(isParked);
      return { near: new ChannelProbe(near, keep), far: new ChannelProbe(far, keep) };
    },
  });

type Act = { readonly side: 0 | 1 } & (
  { readonly do: 'write'; readonly length: number } | { readonly do: 'end' | 'reset' | 'pause' | 'resume' | 'wait' }
);

const act: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom(0 as const, 1 as const), fc.integer({ min: 0, max: 20 })).chain(([side, kind]) => {
  if (kind < 10) return fc.integer({ min: 1, max: 100_000 }).map((length): Act => ({ side, do: 'write', length }));
  const others = ['wait', 'wait', 'wait', 'pause', 'resume', 'resume', 'end', 'wait', 'wait', 'reset', 'end'] as const;
  return fc.constant<Act>({ side, do: others[kind - 10] ?? 'wait' });
});

/** What each end has seen when all is done and read. */
async function play(ends: readonly [ByteChannel, ByteChannel], acts: readonly Act[]): Promise<unknown> {
  const sinks = ends.map(record);
  const isOver = [false, false];
  let byte = 0;
  for (const one of acts) {
    const end = ends[one.side];
    if (one.do === 'wait') await settled();
    else if (one.do === 'pause' || one.do === 'resume') end[one.do]();
    else if (!isOver[one.side]) {
      isOver[one.side] = one.do !== 'write';
      if (one.do === 'write') end.write(Buffer.alloc(one.length, (byte = (byte + 1) % 256)));
      else if (one.do === 'end') end.end();
      else end.reset({ errno: 'ECONNRESET', message: 'test' });
    }
    // A reset overtakes what is under way, by more where there is more between.
    if (one.do === 'reset') break;
  }
  for (const end of ends) end.resume();
  await settled();
  for (const end of ends) end.end();
  await settled();
  const wasReset = sinks.some((sink) => sink.failure);
  return sinks.map((sink) => ({ failed: sink.failure?.errno, breaches: sink.breaches, bytes: wasReset ? undefined : sink.text }));
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

describe('joinChannels', () => {
  test.prop([fc.array(act, { maxLength: 25 }), fc.boolean()], { numRuns: 60 })(
    'shows both ends what one channel would have shown them',
    async (acts, isParked) => {
      expect(await play(joinedPair(isParked), acts)).toEqual(await play(memoryChannelPair(), acts));
    },
  );
});
