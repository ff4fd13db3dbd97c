import { describe, expect, it } from 'vitest';
import { ReceiveWindow } from '../../../src/domain/protocol/receive-window.ts';

const MiB = 1_048_576;

function channel(window: number, state = 'open') {
  const adjusted: number[] = [];
  return {
    adjusted,
    incoming: { window },
    outgoing: { id: 3, state },
    _client: { _protocol: { channelWindowAdjust: (_id: number, byteCount: number) => void adjusted.push(byteCount) } },
  };
}

describe('ReceiveWindow', () => {
  it('is left alone while more than half of it is open', () => {
    const ssh = channel(2 * MiB - 1);
    new ReceiveWindow(ssh).consumed();
    expect(ssh.adjusted).toEqual([]);
  });

  it('doubles each time that a reader has taken half of it, to 8 MiB at most', () => {
    const ssh = channel(2 * MiB);
    const window = new ReceiveWindow(ssh);
    const limits = [MiB, 2 * MiB, 4 * MiB, 4 * MiB].map((open) => {
      ssh.incoming.window = open;
      window.consumed();
      return ssh.incoming.window;
    });
    expect(limits).toEqual([4 * MiB, 8 * MiB, 8 * MiB, 8 * MiB]);
    expect(ssh.adjusted).toEqual([3 * MiB, 6 * MiB, 4 * MiB, 4 * MiB]);
  });

  it('says nothing on a channel that is closed', () => {
    const ssh = channel(0, 'closed');
    new ReceiveWindow(ssh).consumed();
    expect(ssh.adjusted).toEqual([]);
  });
});
