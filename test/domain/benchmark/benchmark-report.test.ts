import { expect, it } from 'vitest';
import { isBenchmarkFine, type PathReport } from '../../../src/domain/benchmark/benchmark-report.ts';

const path = (kind: PathReport['kind'], outcome: PathReport['outcome']): PathReport => ({ name: 'x', kind, outcome, runs: 1 });

it.each<[boolean, readonly PathReport[]]>([
  [true, [path('backend', 'measured'), path('backend', 'unusable')]],
  [true, [path('backend', 'measured'), path('peer', 'failed')]],
  [false, [path('backend', 'measured'), path('backend', 'failed')]],
  [false, [path('backend', 'unusable'), path('peer', 'measured')]],
  [false, []],
])('is fine: %s, of %j', (fine, paths) => {
  expect(isBenchmarkFine({ rounds: 1, measureMs: 1, paths })).toBe(fine);
});
