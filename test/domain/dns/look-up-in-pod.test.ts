import { fc, test } from '@fast-check/vitest';
import { decode, encode, type Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { parseOwnHosts } from '../../../src/domain/dns/hosts-file.ts';
import { lookUpAddress, lookUpPointer, type PodLookUp } from '../../../src/domain/dns/look-up-in-pod.ts';
import { pointedName, pointerQuery } from '../../../src/domain/dns/pointer-name.ts';
import type { SidedAnswer } from '../../../src/domain/dns/sided-answer.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';

const conf = { search: ['shop.svc.cluster.local', 'svc.cluster.local'], options: ['ndots:5'] };
const hosts = parseOwnHosts('127.0.0.1 localhost loop.alias\nfd00::3 db\n10.1.2.3 db db.internal\n');
const web = 'web.shop.svc.cluster.local';

/** Of each name, and of names with a type before them: addresses or a name, a response code, or `silent`. */
type Zone = Readonly<Record<string, string | number>>;

function isOf(type: string, known: string | number | undefined): known is string {
  return typeof known === 'string' && (type === 'PTR' || known.includes(':') === (type === 'AAAA'));
}

function inZone(zone: Zone): { lookUp: PodLookUp; asked: string[] } {
  const asked: string[] = [];
  const ask = async (query: Uint8Array): Promise<SidedAnswer> => {
    const { id = 0, questions = [] } = decode(Buffer.from(query));
    const { name = '', type = 'A' } = questions[0] ?? {};
    asked.push(`${type} ${name}`);
    const known = zone[`${type} ${name}`] ?? zone[name];
    const rcode = typeof known === 'number' ? known : known === undefined ? 3 : 0;
    const answers: Answer[] = isOf(type, known) ? [{ type: type as 'A', name, ttl: 30, data: known }] : [];
    const message = encode({ type: 'response', id, flags: 0x180 | rcode, questions, answers });
    return { message, side: known === 'silent' ? 'nobody' : 'cluster', mayBeKept: false };
  };
  return { lookUp: { hosts, conf, ask, nextId: () => 7 }, asked };
}

const shown = (outcome: unknown): string =>
  typeof outcome === 'string' ? outcome : String((outcome as { readonly found: unknown }).found);

describe('a name, looked up in a pod', () => {
  it.each<[string, Zone, string, string]>([
    ['of the search path', { [web]: '10.0.0.1' }, 'web', '10.0.0.1'],
    ['that has a later one of the search path', { 'web.svc.cluster.local': '10.0.0.2' }, 'web', '10.0.0.2'],
    ['that is whole', { 'db.cloud.example': '198.51.100.10' }, 'db.cloud.example', '198.51.100.10'],
    ['with its last dot', { web: '10.0.0.3', [web]: '10.0.0.1' }, 'web.', '10.0.0.3'],
    ['with both families', { [`A ${web}`]: '10.0.0.1', [`AAAA ${web}`]: 'fd00::1' }, 'web', '10.0.0.1'],
    ['with IPv6 alone', { [web]: 'fd00::1' }, 'web', 'fd00::1'],
    ['whose servers are silent about IPv6', { [`A ${web}`]: '10.0.0.1', [`AAAA ${web}`]: 'silent' }, 'web', '10.0.0.1'],
    ['of the hosts file, IPv4 first', {}, 'DB', '10.1.2.3'],
    ['of the pod itself', {}, 'localhost', '127.0.0.1'],
    ['nobody knows', {}, 'web', 'unknown'],
    ['that is there without addresses', { [web]: 0 }, 'web', 'unknown'],
    ['that can’t be', {}, 'no..body', 'unknown'],
    ['that is empty', {}, '', 'unknown'],
    ['whose servers are silent', { [web]: 'silent', web: '10.0.0.3' }, 'web', 'failed'],
    ['of which a longer one fails', { [web]: 2, web: '10.0.0.3' }, 'web', '10.0.0.3'],
    ['of which a longer one fails, and nobody knows the others', { [web]: 2 }, 'web', 'failed'],
    ['that is refused', { [web]: 5 }, 'web', 'failed'],
  ])('%s', async (_what, zone, name, expected) => {
    expect(shown(await lookUpAddress(name, inZone(zone).lookUp))).toBe(expected);
  });

  it('isn’t looked up further where it was found, or nobody answers', async () => {
    const { lookUp, asked } = inZone({ [web]: 'silent' });
    await lookUpAddress('web', lookUp);
    expect(asked).toEqual([`AAAA ${web}`, `A ${web}`]);
  });

  it('waits for no answer that it doesn’t need', async () => {
    const { lookUp } = inZone({ [web]: '10.0.0.1' });
    const never = new Promise<SidedAnswer>(() => undefined);
    const isForSix = (query: Uint8Array): boolean => decode(Buffer.from(query)).questions?.[0]?.type === 'AAAA';
    const ask = (query: Uint8Array): Promise<SidedAnswer> => (isForSix(query) ? never : lookUp.ask(query));
    expect(shown(await lookUpAddress('web', { ...lookUp, ask }))).toBe('10.0.0.1');
  });
});

describe('an address, looked up in a pod', () => {
  const six = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa';
  it.each<[string, Zone, string, string]>([
    ['has its name', { '7.7.96.10.in-addr.arpa': web }, '10.96.7.7', web],
    ['of IPv6 too', { [six]: 'six.example' }, 'fd00::1', 'six.example'],
    ['has the first one of the hosts file', {}, '10.1.2.3', 'db'],
    ['of the loopback has that of the hosts file', {}, '127.0.0.1', 'localhost'],
    ['has none', {}, '10.96.7.7', 'unknown'],
    ['has one that is no host’s', { '7.7.96.10.in-addr.arpa': 'a b.example' }, '10.96.7.7', 'unknown'],
    ['whose servers are silent', { '7.7.96.10.in-addr.arpa': 'silent' }, '10.96.7.7', 'failed'],
    ['whose servers can’t tell', { '7.7.96.10.in-addr.arpa': 2 }, '10.96.7.7', 'failed'],
  ])('%s', async (_what, zone, address, expected) => {
    expect(shown(await lookUpPointer(ip(address), inZone(zone).lookUp))).toBe(expected);
  });

  it('is asked for as a PTR record', () => {
    expect(decode(Buffer.from(pointerQuery(ip('10.96.7.7'), 7)))).toMatchObject({
      id: 7,
      flag_rd: true,
      questions: [{ name: '7.7.96.10.in-addr.arpa', type: 'PTR' }],
    });
  });

  it('has its name also by way of another, and written by pointers', () => {
    const name = '7.7.96.10.in-addr.arpa';
    const answers: Answer[] = [
      { type: 'CNAME', name, ttl: 5, data: '7.sub.7.96.10.in-addr.arpa' },
      { type: 'PTR', name: '7.sub.7.96.10.in-addr.arpa', ttl: 5, data: 'Web.example' },
    ];
    expect(pointedName(encode({ type: 'response', questions: [{ name, type: 'PTR' }], answers }))).toBe('Web.example');
    // A name of one label and a pointer to the question's.
    const question = encode({ type: 'response', questions: [{ name: 'a.b', type: 'PTR' }] });
    const record = [0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 5, 0, 4, 1, 0x78, 0xc0, 12];
    const compressed = Buffer.concat([question, Buffer.from(record)]);
    compressed[7] = 1;
    expect(pointedName(compressed)).toBe('x.a.b');
    const looped = Buffer.from(compressed);
    looped.writeUInt16BE(0xc000 | (looped.length - 2), looped.length - 2);
    expect(pointedName(looped)).toBeUndefined();
  });

  test.prop([fc.uint8Array({ maxLength: 80 })])('whatever is answered', (bytes) => {
    pointedName(bytes);
  });
});
