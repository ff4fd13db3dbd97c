import { describe, expect, it } from 'vitest';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { RoundTripFloor } from '../../../src/domain/protocol/round-trip-floor.ts';

describe('RoundTripFloor', () => {
  it.each<[what: string, seen: readonly (readonly [ms: number, atMs: number])[], floor: number | undefined]>([
    ['nothing', [], undefined],
    ['the shortest', [[9, 0], [4, 10], [7, 20]], 4],
    ['the shortest of the half minute before too', [[4, 0], [9, 30_000]], 4],
    ['nothing of before that', [[4, 0], [9, 30_000], [8, 60_000]], 8],
    ['the last that was seen, however long ago', [[4, 0]], 4],
  ])('knows %s', (_what, seen, floor) => {
    const path = new RoundTripFloor();
    for (const [ms, atMs] of seen) path.observe(ms, instant(atMs));
    expect(path.ms).toBe(floor);
  }); // prettier-ignore
});
