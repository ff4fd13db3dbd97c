import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SegmentAssembler } from '../../../../src/domain/netstack/buffer/segment-assembler.ts';

const piece = fc.record({ at: fc.nat(200), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) });

it('equals a map in which the first byte at a place stays, across the wrap of sequence numbers', () =>
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom(0, 0x7fffffa0, -50), fc.nat(60), (pieces, base, start) => {
      const assembler = new SegmentAssembler(1000);
      const model = new Map<number, number>();
      for (const { at, bytes } of pieces) {
        expect(assembler.insert((base + at) | 0, bytes)).toBe(true);
        bytes.forEach((byte, i) => model.has(at + i) || model.set(at + i, byte));
      }
      for (let at = start; at < 260; at++) {
        const taken = assembler.take((base + at) | 0);
        expect(taken !== undefined).toBe(model.has(at));
        if (!taken) continue;
        taken.forEach((byte, i) => expect(byte).toBe(model.get(at + i)));
        at += taken.length - 1;
      }
      expect(assembler.take((base + 300) | 0)).toBeUndefined();
      expect(assembler.isEmpty).toBe(true);
    }),
  ));

it('refuses more ranges than it may keep, and keeps a copy', () => {
  const assembler = new SegmentAssembler(2);
  const bytes = Uint8Array.of(1);
  expect([assembler.insert(10, bytes), assembler.insert(20, bytes), assembler.insert(30, bytes)]).toEqual([true, true, false]);
  bytes[0] = 9;
  expect(assembler.take(10)).toEqual(Uint8Array.of(1));
  assembler.clear();
  expect(assembler.take(20)).toBeUndefined();
});
