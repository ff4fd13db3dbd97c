import { expect, it } from 'vitest';
import { SendQueue } from '../../../../src/domain/netstack/tcp/send-queue.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i);

/** A queue whose SYN is acknowledged; its data begin at -4, so that numbers pass 0. */
function opened(limit = 100): SendQueue {
  const queue = new SendQueue(-5, limit);
  queue.sentUpTo(-4);
  queue.acknowledge(-4);
  return queue;
}

it('counts the SYN, data and FIN', () => {
  const queue = opened();
  expect([queue.write(bytes(10)), queue.end, queue.hasUnsent, queue.flightBytes]).toEqual([10, 6, true, 0]);
  queue.finQueued = true;
  expect([queue.write(bytes(1)), queue.room]).toEqual([0, 0]);
  queue.sentUpTo(6);
  expect([queue.hasUnsent, queue.flightBytes]).toEqual([true, 10]);
  queue.sentUpTo(7);
  expect([queue.hasUnsent, queue.acknowledgesNew(7), queue.acknowledgesNew(8), queue.acknowledgesNew(-4)]).toEqual([
    false,
    true,
    false,
    false,
  ]);
  expect([queue.acknowledge(3), queue.finAcknowledged, queue.acknowledge(7), queue.finAcknowledged]).toEqual([7, false, 4, true]);
});

it('copies by sequence number, also what is sent again', () => {
  const queue = opened();
  queue.write(bytes(10));
  queue.sentUpTo(6);
  queue.acknowledge(0);
  queue.nxt = queue.una;
  const copy = new Uint8Array(4);
  queue.copyPayload(copy, 1, 2, 3);
  expect([...copy]).toEqual([0, 6, 7, 8]);
  queue.acknowledge(4);
  expect([queue.nxt, queue.max, queue.room]).toEqual([4, 6, 98]);
});

it('takes a window only from a segment that is not older', () => {
  const queue = opened();
  queue.setWindow(100, -4, 50);
  expect([queue.updateWindow(99, -4, 10), queue.updateWindow(100, -5, 10), queue.wnd]).toEqual([false, false, 50]);
  expect([queue.updateWindow(100, -4, 60), queue.updateWindow(101, -4, 60), queue.updateWindow(101, -3, 5)]).toEqual([true, false, true]);
  expect([queue.wnd, queue.maxWnd]).toEqual([5, 60]);
});
