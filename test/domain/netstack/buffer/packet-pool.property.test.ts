import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketPool } from '../../../../src/domain/netstack/buffer/packet-pool.ts';
import { MemorySink } from '../../../support/netstack/stack-harness.ts';

const step = fc.oneof(
  fc.record({ put: fc.uint8Array({ minLength: 1, maxLength: 90 }), spare: fc.nat(9) }),
  fc.record({ drain: fc.nat(4) }),
);

it('takes as many frames as it says it has room for', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(6), fc.integer({ min: 1, max: 90 }), (steps, count, size) => {
      const pool = new PacketPool(256);
      const sink = new MemorySink();
      for (const next of steps) {
        sink.limit = sink.frames.length + ('drain' in next ? next.drain : 0);
        if ('drain' in next) pool.drainTo(sink);
        else if (pool.reserve(next.put.length)) pool.commit(next.put.length);
      }
      const promised = pool.hasRoomFor(count, size);
      let taken = 0;
      for (; taken < count && pool.reserve(size); taken++) pool.commit(size);
      expect(taken === count).toBe(promised);
    }),
    { numRuns: 1000 },
  ));

it('gives back every frame that it took, in order', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pool = new PacketPool(256);
      const sink = new MemorySink();
      const taken: Uint8Array[] = [];
      for (const next of steps) {
        if ('drain' in next) {
          sink.limit = sink.frames.length + next.drain;
          pool.drainTo(sink);
        } else {
          const slot = pool.reserve(next.put.length + next.spare);
          if (pool.isEmpty) expect(slot).toBeDefined();
          slot?.set(next.put);
          if (slot) pool.commit(next.put.length);
          if (slot) taken.push(next.put);
        }
      }
      sink.limit = Infinity;
      pool.drainTo(sink);
      expect(sink.frames).toEqual(taken);
      expect(pool.isEmpty).toBe(true);
    }),
  ));
