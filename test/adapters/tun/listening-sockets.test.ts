import { describe, expect, it } from 'vitest';
import { ListeningSockets, socketTablesOf } from '../../../src/adapters/tun/listening-sockets.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0\n`;

describe('ListeningSockets', () => {
  const ports = async (sockets: ListeningSockets): Promise<number[]> => (await sockets.list()).map(({ port }) => port);

  it('are none of a process that is gone', async () => expect(await ports(new ListeningSockets(socketTablesOf(2 ** 22 + 1)))).toEqual([]));

  it('are read from the tables only where the number of sockets changed, or the last look is old', async () => {
    const files = { tcp: head + row('00000000:0050', '0A'), tcp6: head, sockstat: 'TCP: inuse 1 orphan 0\n', sockstat6: 'TCP6: inuse 0\n' };
    let nowMs = 0;
    let looks = 0;
    const read = (name: keyof typeof files): Promise<string> => {
      if (name === 'tcp') looks++;
      return Promise.resolve(files[name]);
    };
    const sockets = new ListeningSockets({ read, nowMs: () => nowMs });
    expect([await ports(sockets), await ports(sockets), looks]).toEqual([[80], [80], 1]);
    files.tcp6 += row('00000000000000000000000000000000:0051', '0A');
    files.sockstat6 = 'TCP6: inuse 1\n';
    expect([await ports(sockets), looks]).toEqual([[80, 81], 2]);
    files.tcp = head + row('00000000:0052', '0A');
    nowMs = 1999;
    expect([await ports(sockets), looks]).toEqual([[80, 81], 2]);
    nowMs = 2000;
    expect([await ports(sockets), looks]).toEqual([[82, 81], 3]);
  });
});
