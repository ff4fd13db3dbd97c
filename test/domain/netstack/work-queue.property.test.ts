import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { WorkQueue } from '../../../src/domain/netstack/work-queue.ts';

it('is a queue of whatever order of pushes and shifts, in which each is once', () =>
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(40)), { maxLength: 300 }), (steps) => {
      const workers = Array.from({ length: 41 }, (_, name) => ({ name, isQueued: false }));
      const queue = new WorkQueue<(typeof workers)[number]>();
      const oracle: number[] = [];
      for (const step of steps) {
        if (step === null) {
          queue.shift();
          oracle.shift();
        } else {
          queue.push(workers[step] as (typeof workers)[number]);
          if (!oracle.includes(step)) oracle.push(step);
        }
        expect([queue.peek()?.name, queue.isEmpty]).toEqual([oracle[0], oracle.length === 0]);
        expect(workers.filter(({ isQueued }) => isQueued).map(({ name }) => name)).toEqual(oracle.toSorted((a, b) => a - b));
      }
    }),
  ));
