import { expect, it } from 'vitest';
import { WorkQueue } from '../../../src/domain/netstack/work-queue.ts';

it('serves each once, in order, again after it was pushed again, and stays small', () => {
  const queue = new WorkQueue<{ name: number; isQueued: boolean }>();
  const workers = Array.from({ length: 3000 }, (_, name) => ({ name, isQueued: false }));
  for (const worker of [...workers, ...workers]) queue.push(worker);
  const served: number[] = [];
  for (let worker = queue.peek(); worker; worker = queue.peek()) {
    queue.shift();
    served.push(worker.name);
    if (worker.name === 1 && served.length < 10) queue.push(worker);
  }
  expect(served).toEqual([...workers.map((worker) => worker.name), 1]);
  expect([queue.isEmpty, workers.some((worker) => worker.isQueued)]).toEqual([true, false]);
  queue.shift();
});
