import { decode, encode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { PodNames } from '../../../../src/app/programs/agent/pod-names.ts';
import type { ToldName } from '../../../../src/domain/dns/told-name.ts';
import { makeAgentFiles, type TestAgentFiles } from '../../../support/link-agent.ts';
import { startResolver, type Answerer, type FakeResolver } from '../../../support/link-resolver.ts';

const resolvConf = 'nameserver 127.0.0.1\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1 attempts:1\n';

describe('names of the pod’s own programs', () => {
  let files: TestAgentFiles;
  let resolver: FakeResolver;
  let names: PodNames;
  const asked: string[] = [];
  const told: ToldName[] = [];

  afterEach(async () => {
    names.close();
    await resolver.close();
    await files.remove();
    asked.length = told.length = 0;
  });

  async function setUp(answer: Answerer): Promise<void> {
    resolver = await startResolver((query, transport) => {
      const { name = '', type = '' } = decode(query).questions?.[0] ?? {};
      asked.push(`${transport} ${type} ${name}`);
      return answer(query, transport);
    });
    files = await makeAgentFiles({ resolvConf, dnsPort: resolver.port });
    names = new PodNames(files.settings, { tell: (one) => void (one && told.push(one)) });
  }

  it('have their IPv4 address by the search path, kept and asked for once', async () => {
    await setUp((query) => [answer(query, { 'web.shop.svc.cluster.local': '10.96.7.7' })]);
    const found = await Promise.all([names.resolve('web'), names.resolve('web'), names.resolve('web.shop.svc.cluster.local.')]);
    expect(found.map(String)).toEqual(['10.96.7.7', '10.96.7.7', '10.96.7.7']);
    expect(String(await names.resolve('WEB'))).toBe('10.96.7.7');
    expect(asked.toSorted()).toEqual(['udp A web.shop.svc.cluster.local', 'udp AAAA web.shop.svc.cluster.local']);
    expect(told.find(({ type }) => type === 'A')).toMatchObject({ name: 'web.shop.svc.cluster.local', by: 'cluster', outcome: 'found' });
  });

  it('are told from addresses, and found in the hosts file', async () => {
    await setUp(() => []);
    const found = ['10.1.2.3', 'fd00::1', 'localhost', 'fixture'].map(async (name) => String(await names.resolve(name)));
    expect(await Promise.all(found)).toEqual(['10.1.2.3', 'fd00::1', '127.0.0.1', '10.9.8.7']);
    expect(await names.resolvePtr('10.9.8.7')).toBe('fixture');
    expect(asked).toEqual([]);
  });

  it('are unknown, or nobody can tell', async () => {
    await setUp((query) => (nameOf(query).startsWith('silent') ? [] : [answer(query, {})]));
    await expect(names.resolve('nobody')).rejects.toMatchObject({ errno: 'ENOTFOUND' });
    await expect(names.resolve('silent')).rejects.toMatchObject({ errno: 'EAGAIN' });
    await expect(names.resolvePtr('10.1.1.1')).rejects.toMatchObject({ errno: 'ENOTFOUND' });
    await expect(names.resolvePtr('no address')).rejects.toMatchObject({ errno: 'ENOTFOUND' });
    expect(told.filter(({ by }) => by === 'nobody').map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  it('whose servers are silent hold up no others, however many', async () => {
    await setUp((query) => (nameOf(query).startsWith('silent') ? [] : [answer(query, { 'web.shop.svc.cluster.local': '10.96.7.7' })]));
    let ended = 0;
    const silent = Array.from({ length: 40 }, async (_, i) => names.resolve(`silent${i}`).catch(() => (ended += 1)));
    expect(String(await names.resolve('web'))).toBe('10.96.7.7');
    expect(ended).toBe(0);
    await Promise.all(silent);
  });

  it('that are too long for UDP are asked for by TCP', async () => {
    await setUp((query, transport) => {
      const reply = answer(query, transport === 'tcp' ? { 'web.shop.svc.cluster.local': '10.96.7.7' } : {});
      if (transport === 'udp') [reply[2], reply[3]] = [(reply[2] ?? 0) | 0x02, 0];
      return [reply];
    });
    expect(String(await names.resolve('web'))).toBe('10.96.7.7');
    expect(asked).toContain('tcp A web.shop.svc.cluster.local');
  });
});

function nameOf(query: Buffer): string {
  return decode(query).questions?.[0]?.name ?? '';
}

function answer(query: Buffer, zone: Readonly<Record<string, string>>): Buffer {
  const { id = 0, questions = [] } = decode(query);
  const { name = '', type = '' } = questions[0] ?? {};
  const data = zone[name];
  const answers = data === undefined || type !== 'A' ? [] : [{ type: 'A' as const, name, ttl: 5, data }];
  return encode({ type: 'response', id, flags: 0x180 | (data === undefined ? 3 : 0), questions, answers });
}
