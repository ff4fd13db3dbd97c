import { expect, it } from 'vitest';
import { FrameGatherer } from '../../../src/domain/protocol/frame-gatherer.ts';

it('FrameGatherer writes what came in one turn at once, in order', () => {
  const [written, flushes]: [string[], (() => void)[]] = [[], []];
  const gatherer = new FrameGatherer(
    (chunk) => written.push(Buffer.from(chunk).toString()),
    (flush) => flushes.push(flush),
  );
  for (const text of ['a', 'b', 'c']) gatherer.add(Buffer.from(text));
  expect([written, flushes.length]).toEqual([[], 1]);
  flushes[0]?.();
  gatherer.add(Buffer.from('d'));
  flushes[1]?.();
  expect(written).toEqual(['abc', 'd']);
});
