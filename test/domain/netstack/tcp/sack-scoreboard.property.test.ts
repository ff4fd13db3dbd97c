import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SackScoreboard } from '../../../../src/domain/netstack/tcp/sack-scoreboard.ts';

const mss = 10;
const length = 90;
/** Numbers pass 2^31 on the way. */
const base = 0x7fffffff - 50;
const seqOf = (index: number) => (base + index) | 0;

/** RFC 6675 §4 number by number, on a set of those that the peer has. */
class SlowScoreboard {
  readonly has = new Set<number>();
  highRxt = 0;

  readonly isLost = (index: number): boolean => {
    const above = [...this.has].filter((other) => other > index);
    const blocks = above.filter((other) => !this.has.has(other - 1) || other - 1 === index).length;
    return blocks >= 3 || above.length > 2 * mss;
  };

  pipe(una: number, max: number): number {
    let count = 0;
    for (let index = una; index < max; index++) {
      if (this.has.has(index)) continue;
      count += (this.isLost(index) ? 0 : 1) + (index < this.highRxt ? 1 : 0);
    }
    return count;
  }
}

function describeAll(fast: SackScoreboard, una: number): string[] {
  return Array.from({ length: length - una }, (_, i) => {
    const seq = seqOf(una + i);
    const hole = fast.nextHole(seq);
    const facts = hole === seq ? [fast.isLost(seq, mss), fast.holeBytes(seq)] : [];
    return [fast.bytesBefore(seq), (hole - base) | 0, ...facts].join(' ');
  });
}

function expectAll({ has, isLost }: SlowScoreboard, una: number): string[] {
  const sorted = [...has].toSorted((a, b) => a - b);
  return Array.from({ length: length - una }, (_, i) => {
    const index = una + i;
    let hole = index;
    while (has.has(hole)) hole++;
    const next = sorted.find((other) => other > index);
    const facts = hole === index ? [isLost(index), next === undefined ? Infinity : next - index] : [];
    return [sorted.filter((other) => other < index).length, hole, ...facts].join(' ');
  });
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ add: fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 15 })) }) },
  { weight: 1, arbitrary: fc.record({ advance: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ sentAgain: fc.nat(length) }) },
);

it('says of every number what the RFC does', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const fast = new SackScoreboard();
      const slow = new SlowScoreboard();
      let una = 0;
      fast.beginRecovery(seqOf(una));
      for (const one of steps) {
        if ('add' in one) {
          const from = Math.max(una + 1, one.add[0]);
          const end = Math.min(length, from + one.add[1]);
          if (end <= from) continue;
          const before = slow.has.size;
          for (let index = from; index < end; index++) slow.has.add(index);
          expect(fast.add(seqOf(from), seqOf(end))).toBe(slow.has.size > before);
        } else if ('advance' in one) {
          // A cumulative acknowledgement covers whole blocks.
          una = Math.min(length - 1, una + one.advance);
          while (slow.has.has(una)) una++;
          for (const index of slow.has) if (index < una) slow.has.delete(index);
          fast.advance(seqOf(una));
        } else {
          slow.highRxt = Math.max(slow.highRxt, one.sentAgain);
          fast.sentAgainUpTo(seqOf(one.sentAgain));
        }
        expect(fast.isEmpty).toBe(slow.has.size === 0);
        expect(fast.pipeBytes(seqOf(una), seqOf(length), mss)).toBe(slow.pipe(una, length));
        expect(describeAll(fast, una)).toEqual(expectAll(slow, una));
      }
    }),
    { numRuns: 60 },
  ));

it('forgets what it has no place for, and a block that the acknowledgement stops short of', () => {
  const board = new SackScoreboard();
  for (let i = 0; i < 256; i++) expect(board.add(10 + 10 * i, 15 + 10 * i)).toBe(true);
  expect([board.add(9000, 9005), board.add(15, 20)]).toEqual([false, true]);
  board.advance(10);
  expect([board.nextHole(10), board.nextHole(30)]).toEqual([10, 35]);
  board.clear();
  expect(board.isEmpty).toBe(true);
});
