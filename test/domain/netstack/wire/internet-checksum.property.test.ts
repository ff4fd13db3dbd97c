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

it('equals the slow oracle at every alignment of the buffer, and of every length near a change of its way', () => {
  const buffer = new Uint8Array(700).map((_, i) => (i * 37 + (i >> 3)) & 255).buffer;
  for (let offset = 0; offset < 8; offset++) {
    for (const from of [0, 1, 2, 3]) {
      for (let count = 250; count < 275; count++) {
        const data = new Uint8Array(buffer, offset, 600);
        expect(checksumField(sumWords(data, from, count)), `${offset}, ${from}, ${count}`).toBe(
          slowChecksum(data.subarray(from, from + count)),
        );
      }
    }
  }
});

it('takes what its buffer holds now, not what it held', () => {
  const data = new Uint8Array(1500);
  const sums = [0, 7].map((value) => checksumField(sumWords(data.fill(value), 0, data.length)));
  expect(sums).toEqual([0xffff, slowChecksum(data)]);
});

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
