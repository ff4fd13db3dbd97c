import { describe, expect, it } from 'vitest';
import { parseListeningTable } from '../../../src/domain/session/listening-table.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0\n`;
const read = (table: string): string[] =>
  parseListeningTable(table).map(({ address, port, inode }) => `${address.toString()} ${port} ${inode}`);

describe('parseListeningTable', () => {
  it.each([
    ['0100007F:1F90', '127.0.0.1 8080 4242'],
    ['00000000:0050', '0.0.0.0 80 4242'],
    ['00000000000000000000000001000000:0016', '::1 22 4242'],
    ['B80D01200000000000000000010000FF:FFFF', '2001:db8::ff00:1 65535 4242'],
  ])('reads %s', (local, expected) => expect(read(head + row(local, '0A'))).toEqual([expected]));

  it('leaves out what does not listen, and what is no row', () => {
    expect(read(head + row('0100007F:1F90', '01') + row('0100007F:1F91', '06') + 'nonsense\n\n')).toEqual([]);
    expect(read('')).toEqual([]);
  });
});
