import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { RingBuffer } from '../../../../src/domain/netstack/buffer/ring-buffer.ts';

const step = fc.oneof(fc.record({ write: fc.uint8Array({ maxLength: 6000 }) }), fc.record({ drop: fc.nat(6000) }));

it('equals an array, whatever is written and dropped', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12_000 }), fc.array(step, { maxLength: 30 }), fc.nat(100), (limit, steps, offset) => {
      const ring = new RingBuffer(limit);
      let model: number[] = [];
      for (const next of steps) {
        if ('write' in next) {
          const taken = ring.write(next.write);
          expect(taken).toBe(Math.min(next.write.length, limit - model.length));
          model.push(...next.write.subarray(0, taken));
        } else {
          const count = Math.min(next.drop, model.length);
          ring.drop(count);
          model = model.slice(count);
        }
        expect([ring.length, ring.room]).toEqual([model.length, limit - model.length]);
        const from = Math.min(offset, model.length);
        const copy = new Uint8Array(model.length - from + 2);
        ring.copyTo(copy, 1, from, model.length - from);
        expect(copy.every((byte, i) => byte === (i === 0 || i === copy.length - 1 ? 0 : model[from + i - 1]))).toBe(true);
      }
    }),
    { numRuns: 60 },
  ));
