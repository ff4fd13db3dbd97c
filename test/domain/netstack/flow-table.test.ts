import { expect, it } from 'vitest';
import { FlowKey } from '../../../src/domain/netstack/flow-key.ts';
import { FlowTable } from '../../../src/domain/netstack/flow-table.ts';
import { IpPacket } from '../../../src/domain/netstack/wire/ip-packet.ts';
import { parsePacket } from '../../../src/domain/netstack/packet-parser.ts';
import { buildSegment } from '../../support/netstack/raw-packet.ts';

function key(source: string, destination: string, sourcePort: number): FlowKey {
  const packet = new IpPacket();
  parsePacket(buildSegment(source, destination, {}), 0, packet);
  const made = new FlowKey();
  made.setAddresses(packet);
  made.setPorts(sourcePort, 80);
  return made;
}

it('finds flows by all five parts, of either version', () => {
  const keys = [1, 2, 3].flatMap((port) => [key('10.0.0.2', '192.0.2.1', port), key('10.0.0.2', '192.0.2.2', port), key('fd00::2', '2001:db8::1', port), key('fd00::2', '2001:db8::2', port)]); // prettier-ignore
  const table = new FlowTable();
  const entries = keys.map((each) => ({ key: each.clone() }));
  for (const entry of entries) table.add(entry);
  keys.forEach((each, i) => expect(table.find(each)).toBe(entries[i]));
  expect(table.find(key('10.0.0.2', '192.0.2.1', 4))).toBeUndefined();
  expect(String(entries[2]?.key.destinationEndpoint().address)).toBe('2001:db8::1');
  expect(String(entries[0]?.key.sourceEndpoint().address)).toBe('10.0.0.2');
});

it('keeps flows apart whose hashes collide', () => {
  const table = new FlowTable();
  const entries = [1, 2, 3].map((port) => ({ key: key('10.0.0.2', '192.0.2.1', port) }));
  for (const entry of entries) {
    entry.key.hash = 7;
    table.add(entry);
  }
  for (const entry of entries) expect(table.find(entry.key)).toBe(entry);
  const [first, second, third] = entries as [(typeof entries)[0], (typeof entries)[0], (typeof entries)[0]];
  expect([table.remove(second), table.remove(second), table.find(second.key)]).toEqual([true, false, undefined]);
  expect(table.entries()).toEqual([third, first]);
  expect([table.remove(third), table.find(first.key), table.remove(first), table.size]).toEqual([true, first, true, 0]);
});
