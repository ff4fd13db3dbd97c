import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { BlockReader, blockBytes, makeBlock } from '../../../src/domain/benchmark/block-stream.ts';
import { formatBenchRequest, parseBenchRequest, type BenchRequest } from '../../../src/domain/benchmark/bench-protocol.ts';
import { interleavedRuns } from '../../../src/domain/benchmark/interleaved-runs.ts';
import { quantile } from '../../../src/domain/benchmark/quantile.ts';

const equals = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('quantile', () => {
  test.prop([fc.array(fc.double({ noNaN: true }), { minLength: 1 }), fc.double({ min: 0.001, max: 1, noNaN: true })])(
    'is one of the values, and as many as asked for are not above it',
    (values, share) => {
      const found = quantile(values, share);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(Math.ceil(values.length * share));
      expect(values.filter((value) => value < found).length).toBeLessThan(Math.max(1, Math.ceil(values.length * share)));
    },
  );
});

describe('interleavedRuns', () => {
  test.prop([fc.uniqueArray(fc.string(), { maxLength: 6 }), fc.integer({ min: 1, max: 12 })])(
    'has each path once in each round, one round after another',
    (paths, rounds) => {
      const runs = interleavedRuns(paths, rounds);
      for (let round = 1; round <= rounds; round++)
        expect(
          runs
            .filter((run) => run.round === round)
            .map(({ path }) => path)
            .toSorted(),
        ).toEqual(paths.toSorted());
      expect(runs.map(({ round }) => round)).toEqual(runs.map(({ round }) => round).toSorted((a, b) => a - b));
    },
  );

  test.prop([fc.integer({ min: 1, max: 6 })])('lets each path begin as often as any other', (count) => {
    const paths = Array.from({ length: count }, (_, i) => i);
    const runs = interleavedRuns(paths, count);
    expect(new Set(paths.map((_, i) => runs[i * count]?.path)).size).toBe(count);
  });
});

describe('a request line', () => {
  const requests: fc.Arbitrary<BenchRequest> = fc.oneof(
    fc.constantFrom<BenchRequest>({ kind: 'up' }, { kind: 'echo' }),
    fc.integer({ min: 0, max: 9_999_999 }).map((ms) => ({ kind: 'down', ms }) as const),
  );
  test.prop([requests])('is read as it was written', (request) => {
    expect(parseBenchRequest(formatBenchRequest(request).trimEnd())).toEqual(request);
  });
  test.prop([fc.string()])('of any text makes no error', (line) => {
    expect(['down', 'up', 'echo', undefined]).toContain(parseBenchRequest(line)?.kind);
  });
});

describe('BlockReader', () => {
  const stream = Buffer.concat([makeBlock('more'), makeBlock('more'), makeBlock('last')]);
  const cuts = fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 8 });
  const pieces = (at: readonly number[], bytes: Buffer): readonly Buffer[] => {
    const edges = [0, ...at.toSorted((a, b) => a - b), bytes.length];
    return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
  };

  test.prop([cuts])('takes a stream however it is cut, and knows its end', (at) => {
    const reader = new BlockReader(equals);
    const states = pieces(at, stream).map((piece) => reader.push(piece));
    expect(states.at(-1)).toBe('ended');
    expect(reader.receivedBytes).toBe(3 * blockBytes);
    expect(states).not.toContain('wrong');
  });

  test.prop([cuts, fc.integer({ min: 0, max: stream.length - 1 }), fc.integer({ min: 2, max: 255 })])(
    'notices any byte that differs',
    (at, where, by) => {
      const broken = Buffer.from(stream);
      broken[where] = (broken[where] ?? 0) ^ by;
      const reader = new BlockReader(equals);
      expect(pieces(at, broken).map((piece) => reader.push(piece))).toContain('wrong');
    },
  );

  test('takes nothing behind the end', () => {
    const reader = new BlockReader(equals);
    expect(reader.push(Buffer.concat([makeBlock('last'), Buffer.from([1])]))).toBe('wrong');
  });
});
