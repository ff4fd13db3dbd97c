import { describe, expect, it } from 'vitest';
import { ReceiveQueue } from '../../../../src/domain/netstack/tcp/receive-queue.ts';

function queue(capacity = 100, shift = 0): ReceiveQueue {
  const made = new ReceiveQueue(-50, capacity, shift, 1000);
  made.announce(true);
  return made;
}

describe('ReceiveQueue', () => {
  it.each([
    ['at the start', -50, 10, true],
    ['empty at the start', -50, 0, true],
    ['the last number', 49, 1, true],
    ['beyond', 50, 1, false],
    ['before', -51, 1, false],
    ['empty before', -51, 0, false],
    ['overlapping the start', -60, 11, true],
    ['ending at the start', -60, 10, false],
  ])('a segment %s', (_name, seq, length, expected) => expect(queue().isAcceptable(seq, length)).toBe(expected));

  it('takes only the next number where the window is closed', () => {
    const full = queue();
    full.delivered(100);
    expect([full.announce(true), full.isAcceptable(50, 9), full.isAcceptable(51, 1), full.isAcceptable(49, 1)]).toEqual([
      0,
      true,
      false,
      false,
    ]);
  });

  it('opens in steps of half its capacity, and never beyond it', () => {
    const full = queue();
    full.delivered(100);
    full.consumed(49);
    expect([full.wantsUpdate, full.announce(true)]).toEqual([false, 0]);
    full.consumed(1);
    expect([full.wantsUpdate, full.announce(true), full.wantsUpdate]).toEqual([true, 50, false]);
    full.consumed(1000);
    full.consumed(-5);
    expect(full.announce(true)).toBe(100);
  });

  it('announces scaled windows, and in the SYN-ACK an unscaled one', () => {
    const wide = new ReceiveQueue(0, 1_000_000, 5, 1000);
    expect([wide.announce(false), wide.windowBytes]).toEqual([65_535, 65_535]);
    expect([wide.announce(true), wide.windowBytes]).toEqual([31_250, 1_000_000]);
    expect(new ReceiveQueue(0, 1_000_000, 0, 1000).announce(true)).toBe(65_535);
  });

  it('passes the FIN once, after all before it', () => {
    const made = queue();
    made.finAt(-40);
    expect(made.takeFin()).toBe(false);
    made.delivered(10);
    expect([made.takeFin(), made.takeFin(), made.nxt]).toEqual([true, false, -39]);
  });

  it('takes the FIN with a closed window too', () => {
    const full = queue();
    full.delivered(100);
    full.finAt(50);
    expect([full.takeFin(), full.windowBytes, full.announce(true)]).toEqual([true, 0, 0]);
  });
});
