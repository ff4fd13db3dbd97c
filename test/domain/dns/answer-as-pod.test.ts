import { fc, test } from '@fast-check/vitest';
import { decode, encode, type Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { answerAsPod, answerGreeting, candidatesFor, type PodView } from '../../../src/domain/dns/answer-as-pod.ts';
import { parseHosts } from '../../../src/domain/dns/hosts-file.ts';
import { SuffixLearner } from '../../../src/domain/dns/suffix-learner.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';

const conf = { search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], options: ['ndots:5'] };
const refused = 5;

const hosts = parseHosts('127.0.0.1 localhost\n10.1.2.3 db.internal db # an alias\nfd00::3 db\n');

/** Of each name its address; `refused`, or an error, where it isn't known well. */
type Zone = Readonly<Record<string, string | number | Error>>;

function resolver(zone: Zone, asked: string[]): PodView['ask'] {
  return async (query) => {
    const { id = 0, questions = [] } = decode(Buffer.from(query));
    const [question] = questions;
    const name = question?.name ?? '';
    asked.push(name);
    const known = zone[name];
    if (known instanceof Error) throw known;
    const rcode = typeof known === 'number' ? known : known === undefined ? 3 : 0;
    const answers: Answer[] = typeof known === 'string' && question?.type === 'A' ? [{ type: 'A', name, ttl: 30, data: known }] : [];
    return encode({ type: 'response', id, flags: 0x180 | rcode, questions, answers });
  };
}

function setUp(zone: Zone, elsewhere?: Zone): { view: PodView; asked: string[]; external: string[] } {
  const [asked, external]: [string[], string[]] = [[], []];
  const learner = new SuffixLearner();
  learner.greet('hellotelepresence-1.office.example');
  const askElsewhere = elsewhere && resolver(elsewhere, external);
  const view = { learner, proof: ip('127.9.8.7'), hosts, conf, ask: resolver(zone, asked), askElsewhere, laptopNames: new Set<string>() };
  return { view, asked, external };
}

const query = (name: string, type: 'A' | 'AAAA' = 'A'): Uint8Array =>
  encode({ type: 'query', id: 99, flags: 0x100, questions: [{ name, type }] });

/** `NOERROR web.office.example CNAME web.shop...; web.shop... A 10.0.0.1`. */
async function ask(view: PodView, name: string, type: 'A' | 'AAAA' = 'A'): Promise<string> {
  const greeted = answerGreeting(query(name, type), view);
  const message = decode(Buffer.from(greeted?.message ?? (await answerAsPod(query(name, type), view)).message));
  expect(message.id).toBe(99);
  expect(message.questions?.[0]).toMatchObject({ name, type });
  const records = (message.answers ?? []).map((one) => `${one.name} ${one.type} ${'data' in one ? String(one.data) : ''}`);
  return [(message as unknown as { rcode: string }).rcode, ...records].join('; ');
}

const web = 'web.shop.svc.cluster.local';

describe('answerAsPod', () => {
  it.each<[string, Zone, string, 'A' | 'AAAA', string]>([
    ['a short name', { [web]: '10.0.0.1' }, 'web', 'A', `NOERROR; web CNAME ${web}; ${web} A 10.0.0.1`],
    [
      'with the suffix of the machine',
      { [web]: '10.0.0.1' },
      'web.office.example',
      'A',
      `NOERROR; web.office.example CNAME ${web}; ${web} A 10.0.0.1`,
    ],
    [
      'of another namespace',
      { 'web.a.svc.cluster.local': '10.0.0.2' },
      'web.a',
      'A',
      'NOERROR; web.a CNAME web.a.svc.cluster.local; web.a.svc.cluster.local A 10.0.0.2',
    ],
    ['as it is', { [web]: '10.0.0.1' }, web, 'A', `NOERROR; ${web} A 10.0.0.1`],
    [
      'that is the suffix’s own, when the stem is nobody’s',
      { 'wiki.office.example': '10.9.9.9' },
      'wiki.office.example',
      'A',
      'NOERROR; wiki.office.example A 10.9.9.9',
    ],
    ['nobody knows', {}, 'nobody', 'A', 'NXDOMAIN'],
    ['that has no such record', { [web]: '10.0.0.1' }, 'web', 'AAAA', 'NOERROR'],
    ['of the pod’s hosts file', {}, 'db', 'A', 'NOERROR; db A 10.1.2.3'],
    ['of the pod’s hosts file, by IPv6', {}, 'db.office.example', 'AAAA', 'NOERROR; db.office.example AAAA fd00::3'],
    ['of the pod’s hosts file, which has no such address', {}, 'db.internal', 'AAAA', 'NOERROR'],
    ['that a server refuses', { nobody: refused }, 'nobody', 'A', 'REFUSED'],
    ['of which one of the longer ones fails', { [web]: new Error('away'), web: '10.0.0.3' }, 'web', 'A', 'NOERROR; web A 10.0.0.3'],
  ])('answers a name %s', async (_what, zone, name, type, expected) => {
    expect(await ask(setUp(zone).view, name, type)).toBe(expected);
  });

  it('gives a part of what does not fit, rather than send to TCP', async () => {
    const { view } = setUp({ [web]: '10.0.0.1' });
    const cut: PodView['ask'] = async (message) => {
      const answer = Uint8Array.from(await view.ask(message));
      answer[2] = (answer[2] ?? 0) | 0x02;
      return answer;
    };
    const answer = decode(Buffer.from((await answerAsPod(query(web), { ...view, ask: cut })).message));
    expect(answer).toMatchObject({ flag_tc: false, answers: [{ data: '10.0.0.1' }] });
  });

  it.each(['nobody', 'of.more.dots.than.five.nobody'])('has of %s, whom nobody knows, what is said of the name itself', async (name) => {
    const { view } = setUp({});
    const authority: PodView['ask'] = async (message) => {
      const answer = Uint8Array.from(await view.ask(message));
      answer[2] = (answer[2] ?? 0) | 0x04;
      return answer;
    };
    const answer = decode(Buffer.from((await answerAsPod(query(name), { ...view, ask: authority })).message));
    expect(answer).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true });
  });

  it('says SERVFAIL where nobody answers at all', async () => {
    const { view } = setUp({});
    expect(await ask({ ...view, ask: () => Promise.reject(new Error('away')) }, 'web')).toBe('SERVFAIL');
  });

  it('answers a greeting itself: with the proof once its suffix is known', async () => {
    const { view, asked } = setUp({});
    expect(await ask(view, 'hellotelepresence-2.office.example')).toBe('NOERROR; hellotelepresence-2.office.example A 127.9.8.7');
    expect(await ask(view, 'hellotelepresence-2.office.example', 'AAAA')).toBe('NOERROR');
    expect(await ask(view, 'hellotelepresence-2.home.example')).toBe('NXDOMAIN');
    expect(await ask(view, 'hellotelepresence-3.home.example')).toBe('NOERROR; hellotelepresence-3.home.example A 127.9.8.7');
    expect(await ask(view, 'hellotelepresence-2')).toBe('NOERROR; hellotelepresence-2 A 127.9.8.7');
    expect(asked).toEqual([]);
  });

  it('asks somebody else for what the cluster would ask this machine, and nobody else for the cluster’s own', async () => {
    const { view, asked, external } = setUp({ '5.0.0.10.in-addr.arpa': '10.0.0.5' }, { 'wiki.example': '192.0.2.7' });
    expect(await ask(view, 'wiki.example')).toBe('NOERROR; wiki.example A 192.0.2.7');
    expect(external).toEqual(['wiki.example']);
    expect(asked).toEqual(['wiki.example.shop.svc.cluster.local', 'wiki.example.svc.cluster.local', 'wiki.example.cluster.local']);
    expect(await ask(view, '5.0.0.10.in-addr.arpa')).toMatch(/^NOERROR/);
    expect(external).toEqual(['wiki.example']);
  });

  it('asks the machine’s own servers for what the cluster doesn’t know, and never for the cluster’s own', async () => {
    const { view } = setUp({ [web]: '10.0.0.1' });
    const office: string[] = [];
    const withOffice = { ...view, askOffice: resolver({ 'wiki.office.example': '10.9.9.9', [web]: '10.9.9.8' }, office) };
    expect(await ask(withOffice, 'wiki.office.example')).toBe('NOERROR; wiki.office.example A 10.9.9.9');
    expect(await ask(withOffice, 'web.office.example')).toMatch(/CNAME web\.shop/);
    expect(await ask(withOffice, 'nobody.office.example')).toBe('NXDOMAIN');
    expect(await ask(withOffice, 'nobody.shop.svc.cluster.local')).toBe('NXDOMAIN');
    expect(office).toEqual(['wiki.office.example', 'nobody.office.example']);
    const away = { ...view, askOffice: () => Promise.reject(new Error('away')) };
    expect(await ask(away, 'wiki.office.example')).toBe('NXDOMAIN');
  });

  it('asks the machine’s own servers alone for what is its alone, with what its resolver appends too', async () => {
    const { view, asked } = setUp({ 'db.cloud.example': '198.51.100.10', [web]: '10.0.0.1' });
    const askOffice = resolver({ 'db.cloud.example': '10.9.9.9' }, []);
    const never = { ...view, askOffice, laptopNames: new Set(['db.cloud.example', 'db']) };
    expect(await ask(never, 'db.cloud.example')).toBe('NOERROR; db.cloud.example A 10.9.9.9');
    expect(await ask(never, 'db.cloud.example.office.example')).toBe('NXDOMAIN');
    expect(await ask(never, 'db')).toBe('NXDOMAIN');
    expect(asked).toEqual([]);
    expect(await ask(never, 'x.db.cloud.example')).toBe('NXDOMAIN');
    expect(asked).not.toEqual([]);
    expect(await ask({ ...never, askOffice: undefined }, 'db')).toBe('SERVFAIL');
  });

  it.each<[string, Zone, Zone | undefined, string, string, boolean]>([
    ['found', { [web]: '10.0.0.1' }, {}, 'web', 'cluster', true],
    ['found, though one before it could not be asked', { [web]: new Error('away'), web: '10.0.0.3' }, {}, 'web', 'cluster', false],
    ['unknown to both', {}, {}, 'nobody', 'cluster', true],
    ['unknown to the cluster, and the office can’t tell', {}, { nobody: refused }, 'nobody', 'cluster', false],
    ['the office’s', {}, { nobody: '10.9.9.9' }, 'nobody', 'laptop', true],
    ['the office’s, while the cluster can’t tell', { nobody: refused }, { nobody: '10.9.9.9' }, 'nobody', 'laptop', false],
    ['of the hosts file', {}, {}, 'db', 'cluster', true],
    ['refused, without an office', { nobody: refused }, undefined, 'nobody', 'cluster', false],
  ])('says of one that is %s who answered, and whether that may be kept', async (_what, zone, office, name, side, mayBeKept) => {
    const { view } = setUp(zone);
    const answered = await answerAsPod(query(name), { ...view, askOffice: office && resolver(office, []) });
    expect(answered).toMatchObject({ side, mayBeKept });
  });

  it('tries the stem first, by the pod’s search path, and the name itself last', () => {
    const { view } = setUp({});
    expect(candidatesFor('web.office.example', view)).toEqual([
      web,
      'web.svc.cluster.local',
      'web.cluster.local',
      'web',
      'web.office.example',
    ]);
  });

  test.prop([fc.uint8Array({ maxLength: 80 })])('answers whatever comes', async (bytes) => {
    expect((await answerAsPod(bytes, setUp({}).view)).message.length).toBeGreaterThan(11);
  });
});
