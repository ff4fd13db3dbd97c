import { decode, encode, type RecordType } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { NameAnswerer } from '../../../src/app/use-cases/name-answerer.ts';
import { ResolverError } from '../../../src/domain/errors.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { ResolverPort } from '../../../src/domain/ports/resolver-port.ts';
import { LearnedAddresses } from '../../../src/domain/routes/learned-addresses.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

type Rcode = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
type Reply = Rcode | 'nothing' | { readonly address: string };

const codes: Record<Rcode, number> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const podSearch = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];

/** A resolver that always says the same, and counts. */
class OneAnswer {
  asked = 0;
  transports: string[] = [];
  readonly reply: Reply;

  constructor(reply: Reply) {
    this.reply = reply;
  }

  async query(message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> {
    this.asked++;
    this.transports.push(transport);
    const { reply } = this;
    if (reply === 'nothing') throw new ResolverError({ code: 'DNS_TIMEOUT', message: 'nobody answered' });
    const { id, questions } = decode(Buffer.from(message));
    const name = questions?.[0]?.name ?? '';
    const answers = typeof reply === 'string' ? [] : [{ type: 'A' as const, name, ttl: 30, data: reply.address }];
    const data = { mname: 'ns.example', rname: 'admin.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 30 };
    const authorities = reply === 'NXDOMAIN' ? [{ type: 'SOA' as const, name: 'example', ttl: 30, data }] : [];
    return encode({
      type: 'response',
      id: id ?? 0,
      flags: typeof reply === 'string' ? codes[reply] : 0,
      questions: questions ?? [],
      answers,
      authorities,
    });
  }
}

describe('NameAnswerer', () => {
  const signal = new AbortController().signal;
  let clock: FakeClock;
  let learned: LearnedAddresses;
  let avoided: LearnedAddresses;

  beforeEach(() => {
    clock = new FakeClock();
    learned = new LearnedAddresses();
    avoided = new LearnedAddresses();
    told.length = 0;
  });

  const question = (name: string, type: RecordType = 'A', id = 4242): Uint8Array =>
    encode({ type: 'query', id, flags: 0x100, questions: [{ name, type }] });
  const told: string[] = [];
  const teller = {
    answered: (message: Uint8Array, by: string) => void told.push(`${decode(Buffer.from(message)).questions?.[0]?.name} ${by}`),
  };
  const answererOf = (cluster: ResolverPort, laptop: ResolverPort): NameAnswerer =>
    new NameAnswerer({ cluster, laptop, podSearch, laptopNames: new Set(['mine.example']), learned, avoided, teller, clock, signal });

  async function ask(name: string, cluster: Reply, laptop: Reply): Promise<{ answer: string; askedLaptop: boolean }> {
    const fromLaptop = new OneAnswer(laptop);
    const answerer = answererOf(new OneAnswer(cluster), fromLaptop);
    const answer = decode(Buffer.from(await answerer.answer(question(name), 'udp')));
    expect(answer.id).toBe(4242);
    expect(answer.questions?.[0]?.name).toBe(name);
    const data = answer.answers?.[0];
    const rcode = Object.keys(codes).find((key) => codes[key as Rcode] === ((answer.flags ?? 0) & 0xf));
    return { answer: data?.type === 'A' ? data.data : (rcode ?? ''), askedLaptop: fromLaptop.asked > 0 };
  }

  const inCluster = { address: '10.96.7.7' };
  const atOffice = { address: '192.0.2.80' };

  it.each<[what: string, name: string, cluster: Reply, laptop: Reply, answer: string, askedLaptop: boolean]>([
    ['a Service', 'web.default.svc.cluster.local', inCluster, atOffice, '10.96.7.7', false],
    ['an unknown name of the cluster’s domain', 'nobody.default.svc.cluster.local', 'NXDOMAIN', atOffice, 'NXDOMAIN', false],
    ['a name of the cluster’s domain while the link is away', 'web.default.svc.cluster.local', 'nothing', atOffice, 'SERVFAIL', false],
    ['a name that the cluster knows too', 'example.com', inCluster, atOffice, '10.96.7.7', false],
    ['a name that exists without such a record', 'example.com', 'NOERROR', atOffice, 'NOERROR', false],
    ['a name that only the laptop knows', 'wiki.office.example', 'NXDOMAIN', atOffice, '192.0.2.80', true],
    ['a name that only the laptop knows, where the cluster fails', 'wiki.office.example', 'SERVFAIL', atOffice, '192.0.2.80', true],
    ['a name that only the laptop knows, where the cluster refuses', 'wiki.office.example', 'REFUSED', atOffice, '192.0.2.80', true],
    ['a name while the link is away', 'wiki.office.example', 'nothing', atOffice, '192.0.2.80', true],
    ['a name that nobody knows', 'nobody.example', 'NXDOMAIN', 'NXDOMAIN', 'NXDOMAIN', true],
    ['a name that the cluster denies, and the laptop can’t ask', 'nobody.example', 'NXDOMAIN', 'nothing', 'NXDOMAIN', true],
    ['a name that the cluster fails at, and the laptop denies', 'nobody.example', 'SERVFAIL', 'NXDOMAIN', 'SERVFAIL', true],
    ['a name that nobody answers', 'nobody.example', 'nothing', 'nothing', 'SERVFAIL', true],
    ['a name that only the laptop denies', 'nobody.example', 'nothing', 'NXDOMAIN', 'NXDOMAIN', true],
    ['another domain that ends alike', 'notcluster.local', 'NXDOMAIN', atOffice, '192.0.2.80', true],
  ])('%s', async (_what, name, cluster, laptop, answer, askedLaptop) => {
    expect(await ask(name, cluster, laptop)).toEqual({ answer, askedLaptop });
  });

  it('learns the addresses that the cluster gave, and no others', async () => {
    await ask('example.com', inCluster, atOffice);
    await ask('wiki.office.example', 'NXDOMAIN', atOffice);
    expect(learned.has(ip('10.96.7.7'), clock.now())).toBe(true);
    expect(learned.nameOf(ip('10.96.7.7'))).toBe('example.com');
    expect(learned.has(ip('192.0.2.80'), clock.now())).toBe(false);
  });

  it('asks the laptop alone for names of --never-proxy, and learns that their addresses are kept from the cluster', async () => {
    expect(await ask('mine.example', inCluster, atOffice)).toEqual({ answer: '192.0.2.80', askedLaptop: true });
    expect(avoided.has(ip('192.0.2.80'), clock.now())).toBe(true);
    expect(learned.has(ip('192.0.2.80'), clock.now())).toBe(false);
    expect((await ask('mine.example', inCluster, 'NXDOMAIN')).answer).toBe('NXDOMAIN');
    expect((await ask('mine.example', inCluster, 'nothing')).answer).toBe('SERVFAIL');
  });

  it('asks by the transport that it was asked by', async () => {
    const cluster = new OneAnswer('NXDOMAIN');
    const laptop = new OneAnswer('NXDOMAIN');
    await answererOf(cluster, laptop).answer(question('a.example', 'TXT'), 'tcp');
    expect([cluster.transports, laptop.transports]).toEqual([['tcp'], ['tcp']]);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a torn header', Uint8Array.of(1, 2, 3)],
    ['a torn question', question('web.default').slice(0, 16)],
  ])('answers %s, which is no question, with a failure', async (_what, message) => {
    const resolver = new OneAnswer('nothing');
    const answer = await answererOf(resolver, resolver).answer(message, 'udp');
    expect(answer.length).toBeGreaterThanOrEqual(12);
    expect((answer[3] ?? 0) & 0xf).toBe(codes.SERVFAIL);
  });

  describe('keeps', () => {
    it.each<[what: string, name: string, cluster: Reply, laptop: Reply, asked: readonly [cluster: number, laptop: number]]>([
      ['what the cluster knows, for its TTL', 'example.com', inCluster, atOffice, [2, 0]],
      ['what the laptop knows, for its TTL', 'wiki.office.example', 'NXDOMAIN', atOffice, [2, 2]],
      ['what nobody knows, for the minimum of its SOA', 'nobody.example', 'NXDOMAIN', 'NXDOMAIN', [2, 2]],
      ['no unknown name that the laptop couldn’t be asked for', 'nobody.example', 'NXDOMAIN', 'nothing', [3, 3]],
      ['no unknown name that the laptop failed at', 'nobody.example', 'NXDOMAIN', 'SERVFAIL', [3, 3]],
      ['no answer of the laptop’s where the cluster failed', 'wiki.office.example', 'SERVFAIL', atOffice, [3, 3]],
      ['no answer of the laptop’s while the link is away', 'wiki.office.example', 'nothing', atOffice, [3, 3]],
      ['no failure', 'web.default.svc.cluster.local', 'SERVFAIL', atOffice, [3, 0]],
    ])('%s', async (_what, name, cluster, laptop, asked) => {
      const [fromCluster, fromLaptop] = [new OneAnswer(cluster), new OneAnswer(laptop)];
      const answerer = answererOf(fromCluster, fromLaptop);
      const first = decode(Buffer.from(await answerer.answer(question(name), 'udp')));
      await clock.advance(29_000);
      const second = decode(Buffer.from(await answerer.answer(question(name.toUpperCase(), 'A', 99), 'udp')));
      expect([second.id, second.questions?.[0]?.name, second.answers?.length]).toEqual([99, name.toUpperCase(), first.answers?.length]);
      await clock.advance(1000);
      await answerer.answer(question(name), 'udp');
      expect([fromCluster.asked, fromLaptop.asked]).toEqual(asked);
    });

    it('learnt addresses as long as it gives them', async () => {
      const answerer = answererOf(new OneAnswer(inCluster), new OneAnswer('nothing'));
      await answerer.answer(question('example.com'), 'udp');
      await clock.advance(29_000);
      await answerer.answer(question('example.com'), 'udp');
      await clock.advance(599_000);
      expect(learned.has(ip('10.96.7.7'), clock.now())).toBe(true);
    });
  });

  /** Answers each question when it is told to. */
  class Waiting {
    readonly waiting: { readonly name: string; answer(): void }[] = [];

    query(message: Uint8Array): Promise<Uint8Array> {
      return new Promise((resolve) => {
        const name = decode(Buffer.from(message)).questions?.[0]?.name ?? '';
        this.waiting.push({ name, answer: () => resolve(new OneAnswer(inCluster).query(message, 'udp')) });
      });
    }
  }

  it('asks once what is asked again meanwhile', async () => {
    const cluster = new Waiting();
    const answerer = answererOf(cluster, new OneAnswer('nothing'));
    const answers = [1, 2, 3].map((id) => answerer.answer(question('example.com', 'A', id), 'udp'));
    void answerer.answer(question('example.com', 'AAAA'), 'udp');
    void answerer.answer(question('example.com', 'A'), 'tcp');
    await settle();
    expect(cluster.waiting).toHaveLength(3);
    cluster.waiting[0]?.answer();
    expect((await Promise.all(answers)).map((answer) => decode(Buffer.from(answer)).id)).toEqual([1, 2, 3]);
    expect(told).toEqual(['example.com cluster']);
  });

  it('lets nobody wait for a slow name', async () => {
    const cluster = new Waiting();
    const answerer = answererOf(cluster, new OneAnswer('nothing'));
    for (let i = 0; i < 1000; i++) void answerer.answer(question(`slow${i}.example`), 'udp');
    const quick = answerer.answer(question('quick.example'), 'udp');
    await settle();
    cluster.waiting.find(({ name }) => name === 'quick.example')?.answer();
    expect(decode(Buffer.from(await quick)).answers).toHaveLength(1);
  });

  describe('where the cluster is silent for long', () => {
    const asked = async (
      name: string,
      laptop: Reply,
    ): Promise<{ answer: Promise<Uint8Array>; cluster: Waiting; fromLaptop: OneAnswer }> => {
      const [cluster, fromLaptop] = [new Waiting(), new OneAnswer(laptop)];
      const answer = answererOf(cluster, fromLaptop).answer(question(name), 'udp');
      await clock.advance(2499);
      expect(fromLaptop.asked).toBe(0);
      await clock.advance(1);
      return { answer, cluster, fromLaptop };
    };
    const addressIn = (answer: Uint8Array): unknown => decode(Buffer.from(answer)).answers?.[0]?.['data' as never];

    it('takes what the laptop knows', async () => {
      const { answer } = await asked('wiki.office.example', atOffice);
      expect(addressIn(await answer)).toBe('192.0.2.80');
      expect(learned.has(ip('192.0.2.80'), clock.now())).toBe(false);
    });

    it('waits on where the laptop knows nothing', async () => {
      const { answer, cluster } = await asked('db.cloud.example', 'NXDOMAIN');
      cluster.waiting[0]?.answer();
      expect(addressIn(await answer)).toBe('10.96.7.7');
    });

    it('asks the laptop for no name of the cluster’s', async () => {
      const { answer, cluster, fromLaptop } = await asked('web.default.svc.cluster.local', atOffice);
      cluster.waiting[0]?.answer();
      expect(addressIn(await answer)).toBe('10.96.7.7');
      expect(fromLaptop.asked).toBe(0);
    });

    it('sleeps no longer than it takes', async () => {
      await ask('example.com', inCluster, atOffice);
      expect(clock.sleeping).toBe(0);
    });
  });

  it('tells which side it was', async () => {
    await ask('example.com', inCluster, atOffice);
    await ask('wiki.office.example', 'NXDOMAIN', atOffice);
    await ask('nobody.example', 'nothing', 'nothing');
    expect(told).toEqual(['example.com cluster', 'wiki.office.example laptop', 'nobody.example nobody']);
  });
});
