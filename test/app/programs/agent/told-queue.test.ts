import { describe, expect, it } from 'vitest';
import { ToldQueue } from '../../../../src/app/programs/agent/told-queue.ts';
import { maxControlBodyBytes } from '../../../../src/domain/protocol/control-message.ts';
import { emitControlReply } from '../../../../src/domain/protocol/control-message.ts';
import { mostToldAddresses, type ToldName } from '../../../../src/domain/dns/told-name.ts';
import { ip } from '../../../../src/domain/netstack/address/ip-address.ts';

const told = (name: string): ToldName => ({ name, type: 'A', by: 'cluster', outcome: 'found', tookMs: 1, addresses: [] });

describe('names that wait to be told', () => {
  it('are given once, as soon as there are any', async () => {
    const queue = new ToldQueue();
    const first = queue.take(60_000);
    queue.tell(told('a'));
    expect(await first).toEqual({ names: [told('a')], dropped: 0 });
    queue.tell(told('b'));
    queue.tell(undefined);
    expect((await queue.take(60_000)).names).toEqual([told('b')]);
    expect(await queue.take(0)).toEqual({ names: [], dropped: 0 });
  });

  it('are none after a while, and at the end', async () => {
    const queue = new ToldQueue();
    expect((await queue.take(1)).names).toEqual([]);
    const last = queue.take(60_000);
    queue.close();
    expect((await last).names).toEqual([]);
    queue.tell(told('late'));
    expect((await queue.take(60_000)).names).toEqual([]);
  });

  it('are bounded, with the number of the others, so that they fit into a reply', async () => {
    const queue = new ToldQueue();
    const long: ToldName = {
      ...told('\\000'.repeat(252)),
      addresses: Array.from({ length: mostToldAddresses }, () => ip('2001:db8:1234:5678:9abc:def0:1234:5678')),
    };
    for (let i = 0; i < 1000; i++) queue.tell(long);
    const all = await queue.take(0);
    expect(all.names.length + all.dropped).toBe(1000);
    expect(all.dropped).toBeGreaterThan(0);
    expect(emitControlReply({ version: 1, id: 1, type: 'names-told', ...all }).length).toBeLessThan(maxControlBodyBytes);
  });
});
