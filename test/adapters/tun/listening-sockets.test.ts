import { describe, expect, it } from 'vitest';
import { listeningSockets, parseListening } from '../../../src/adapters/tun/listening-sockets.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0\n`;
const read = (table: string): string[] => parseListening(table).map(({ address, port }) => `${address.toString()} ${port}`);

describe('parseListening', () => {
  it.each([
    ['0100007F:1F90', '127.0.0.1 8080'],
    ['00000000:0050', '0.0.0.0 80'],
    ['00000000000000000000000001000000:0016', '::1 22'],
    ['B80D01200000000000000000010000FF:FFFF', '2001:db8::ff00:1 65535'],
  ])('reads %s', (local, expected) => expect(read(head + row(local, '0A'))).toEqual([expected]));

  it('leaves out what does not listen, and what is no row', () => {
    expect(read(head + row('0100007F:1F90', '01') + row('0100007F:1F91', '06') + 'nonsense\n\n')).toEqual([]);
    expect(read('')).toEqual([]);
  });
});

describe('listeningSockets', () => {
  it('are none of a process that is gone', async () => expect(await listeningSockets(2 ** 22 + 1)).toEqual([]));
});
