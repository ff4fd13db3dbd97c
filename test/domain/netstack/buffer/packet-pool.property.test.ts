import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketPool } from '../../../../src/domain/netstack/buffer/packet-pool.ts';
import { MemorySink } from '../../../support/netstack/stack-harness.ts';

const step = fc.oneof(
  fc.record({ put: fc.uint8Array({ minLength: 1, maxLength: 90 }), spare: fc.nat(9) }),
  fc.record({ drain: fc.nat(4) }),
);

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
