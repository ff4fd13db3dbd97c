import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { checksumField, foldChecksum, pseudoHeaderSum, sumWords } from '../../../../src/domain/netstack/wire/internet-checksum.ts';
import { slowChecksum } from '../../../oracles/checksum-oracle.ts';

const bytes = fc.uint8Array({ maxLength: 3000 });

it('equals the slow oracle, from any offset', () =>
  fc.assert(
    fc.property(bytes, fc.nat(20), (data, offset) => {
      const from = Math.min(offset, data.length);
      expect(checksumField(sumWords(data, from, data.length - from))).toBe(slowChecksum(data.subarray(from)));
    }),
  ));

it('adds up over parts', () =>
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const even = first.subarray(0, first.length & ~1);
      expect(checksumField(sumWords(even, 0, even.length) + sumWords(second, 0, second.length))).toBe(slowChecksum(even, second));
    }),
  ));

it('stays exact for the largest packet of the largest bytes', () => {
  const data = new Uint8Array(65_535).fill(0xff);
  expect(checksumField(sumWords(data, 0, data.length))).toBe(slowChecksum(data));
  expect(foldChecksum(0)).toBe(0);
  expect(pseudoHeaderSum(5, 6, 0x10002)).toBe(5 + 6 + 1 + 2);
});
