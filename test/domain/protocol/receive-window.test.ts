import { describe, expect, it } from 'vitest';
import { ReceiveWindow, WindowBudget } from '../../../src/domain/protocol/receive-window.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** Of the 2 MiB that ssh2 tells the far side. */
const surplus = 2 * MiB - 128 * KiB;

function channel(state = 'open') {
  const adjusted: number[] = [];
  return {
    adjusted,
    incoming: { window: 2 * MiB },
    outgoing: { id: 3, state, window: 2 * MiB },
    _client: { _protocol: { channelWindowAdjust: (_id: number, byteCount: number) => void adjusted.push(byteCount) } },
  };
}

type Channel = ReturnType<typeof channel>;

function open(budgetBytes = 100 * MiB): { ssh: Channel; window: ReceiveWindow; budget: WindowBudget } {
  const ssh = channel();
  const budget = new WindowBudget(budgetBytes);
  return { ssh, budget, window: new ReceiveWindow(ssh, budget) };
}

/** The windows that follow on each other when all of each is sent and taken. */
function grow(ssh: Channel, window: ReceiveWindow, times: number): number[] {
  return Array.from({ length: times }, () => {
    ssh.incoming.window = surplus;
    window.consumed();
    return (ssh.incoming.window - surplus) / KiB;
  });
}

describe('ReceiveWindow', () => {
  it('begins with 128 KiB each way, of which the far side is told nothing', () => {
    const { ssh } = open();
    expect([ssh.incoming.window, ssh.outgoing.window, ssh.adjusted]).toEqual([2 * MiB, 128 * KiB, []]);
  });

  it('is left alone while more than half of it is open', () => {
    const { ssh, window } = open();
    ssh.incoming.window = surplus + 64 * KiB + 1;
    window.consumed();
    expect(ssh.adjusted).toEqual([]);
  });

  it('doubles each time that a reader has taken half of it, to 8 MiB at most', () => {
    const { ssh, window } = open();
    ssh.incoming.window = surplus + 64 * KiB;
    window.consumed();
    expect(ssh.adjusted).toEqual([192 * KiB]);
    expect(grow(ssh, window, 7)).toEqual([512, 1024, 2048, 4096, 8192, 8192, 8192]);
  });

  it('opens again for a sender that used all of what ssh2 told it', () => {
    const { ssh, window } = open();
    ssh.incoming.window = 0;
    window.consumed();
    expect(ssh.adjusted).toEqual([surplus + 256 * KiB]);
    expect(ssh.incoming.window).toBe(surplus + 256 * KiB);
  });

  it('says nothing on a channel that is closed', () => {
    const ssh = channel('closed');
    const window = new ReceiveWindow(ssh, new WindowBudget(MiB));
    ssh.incoming.window = surplus;
    window.consumed();
    expect(ssh.adjusted).toEqual([]);
  });

  it('grows as far as the budget of all allows, and goes on with what it has', () => {
    const { ssh, window, budget } = open(512 * KiB);
    expect(grow(ssh, window, 4)).toEqual([256, 512, 640, 640]);
    expect(budget.take(1)).toBe(0);
  });

  it('gives its share back once', () => {
    const { ssh, window, budget } = open(512 * KiB);
    grow(ssh, window, 4);
    window.release();
    window.release();
    expect(budget.take(MiB)).toBe(512 * KiB);
  });
});
