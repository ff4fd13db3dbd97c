import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { namesObjects } from './support/names-objects.ts';
import { runInpod } from './support/run-inpod.ts';

/** One DNS message, as `ask-names.cjs` makes it. */
interface Question {
  readonly name: string;
  readonly type: string;
  readonly transport?: 'udp' | 'tcp';
  readonly edns?: number;
  readonly dnssecOk?: boolean;
  readonly ednsVersion?: number;
  readonly flags?: number;
  readonly dnsClass?: number;
}

interface Questions {
  readonly messages?: readonly Question[];
  /** By the C library: search path and /etc/hosts. */
  readonly lookups?: readonly { readonly name: string; readonly family: 0 | 4 | 6 }[];
}

interface Answers {
  /** Each asked twice. */
  readonly messages: readonly (readonly Record<string, unknown>[])[];
  readonly lookups: readonly (readonly string[])[];
  readonly resolvConf: readonly string[];
  readonly hosts: readonly string[];
}

const program = readFileSync(new URL('support/pod/ask-names.cjs', import.meta.url), 'utf8');
const asking = (questions: Questions): string => `globalThis.questions = ${JSON.stringify(questions)};\n${program}`;
const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

async function askedInPod(app: string, questions: Questions): Promise<Answers> {
  return JSON.parse(await admin().runNode('default', app, asking(questions))) as Answers;
}

async function askedInSession(args: readonly string[], questions: Questions): Promise<Answers> {
  const result = await runInpod({ args: ['run', ...args, '--', process.execPath, '-e', asking(questions)] });
  expectRun(result).toMatchObject({ code: 0 });
  return JSON.parse(result.stdout) as Answers;
}

/** Fails on any difference, and says of which question. */
function expectSame(questions: readonly unknown[], inSession: readonly unknown[], inPod: readonly unknown[]): void {
  const paired = (answers: readonly unknown[]): readonly unknown[] => questions.map((question, i) => ({ question, answer: answers[i] }));
  expect(paired(inSession)).toEqual(paired(inPod));
}

/** By which ways each question is asked: plainly, with the size that today's programs tell, with a large one, and by TCP. */
const ways: readonly Partial<Question>[] = [
  {},
  { edns: 1232 },
  { edns: 4096, dnssecOk: true },
  { transport: 'tcp' },
  { transport: 'tcp', edns: 1232 },
];
const inEachWay = (questions: readonly Question[]): readonly Question[] =>
  questions.flatMap((question) => ways.map((way) => ({ ...question, ...way })));

const cluster = 'svc.cluster.local';
const plain = (addresses: { readonly web: string; readonly pod: string }): readonly (readonly [string, string])[] => [
  ['A', `web.default.${cluster}`],
  ['AAAA', `web.default.${cluster}`],
  ['A', `web.shop.${cluster}.`],
  ['A', `WEB.Default.${cluster}`],
  ['TXT', `web.default.${cluster}`],
  ['HTTPS', `web.default.${cluster}`],
  ['A', `nobody.default.${cluster}`],
  ['A', 'web'],
  ['A', 'web.default.svc'],
  ['A', `named.default.${cluster}`],
  ['A', `first.named.default.${cluster}`],
  ['AAAA', `first.named.default.${cluster}`],
  ['SRV', `_http._tcp.named.default.${cluster}`],
  ['SRV', `_http._tcp.web.default.${cluster}`],
  ['SRV', `_nobody._tcp.web.default.${cluster}`],
  ['A', `outside.default.${cluster}`],
  ['AAAA', `outside.default.${cluster}`],
  ['CNAME', `outside.default.${cluster}`],
  ['A', `chained.default.${cluster}`],
  ['A', `nowhere.default.${cluster}`],
  ['PTR', reverse(addresses.web)],
  ['PTR', reverse(addresses.pod)],
  ['PTR', reverse('192.0.2.99')],
  ['A', `${addresses.pod.replaceAll('.', '-')}.default.pod.cluster.local`],
  ['TXT', 'dns-version.cluster.local'],
  ['SOA', 'cluster.local'],
  ['NS', 'cluster.local'],
  ['A', 'db.cloud.example'],
  ['AAAA', 'db.cloud.example'],
  ['A', 'www.cloud.example'],
  ['AAAA', 'www.cloud.example'],
  ['CNAME', 'www.cloud.example'],
  ['MX', 'cloud.example'],
  ['TXT', 'cloud.example'],
  ['NS', 'cloud.example'],
  ['SOA', 'cloud.example'],
  ['A', 'cloud.example'],
  ['A', 'no-such.cloud.example'],
  ['A', 'nobody-knows.example'],
  ['A', `some.default.${cluster}`],
  ['A', `many.default.${cluster}`],
  ['SRV', `_http._tcp.some.default.${cluster}`],
];

/** What programs ask seldom. */
const rare: readonly Question[] = [
  { name: 'db.cloud.example', type: 'A', flags: 0 },
  { name: 'db.cloud.example', type: 'A', flags: 0x0130 },
  { name: 'db.cloud.example', type: 'A', dnsClass: 3 },
  { name: 'db.cloud.example', type: 'A', edns: 1232, ednsVersion: 1 },
  { name: 'db.cloud.example', type: 'A', edns: 100 },
  { name: 'db.cloud.example', type: 'A', flags: 0x2100 },
  { name: 'cloud.example', type: 'ANY' },
  { name: '.', type: 'NS' },
];

describeE2e('names, as a pod of the cluster has them', () => {
  beforeAll(async () => {
    await admin().applyAll(namesObjects);
    await admin().waitForDeployment('default', 'named');
    const ready: Questions = { lookups: ['many', 'named', 'outside'].map((name) => ({ name, family: 4 })) };
    await eventually('the names', async () => expect((await askedInPod('web', ready)).lookups.flat()).not.toContain('ENOTFOUND'));
  });
  afterAll(() => admin().removeAll(namesObjects));
  checkLeaks();

  it('messages: code, flags, records, lifetimes, truncation', async () => {
    const [pod = ''] = await admin().podAddresses('default', 'app=named');
    const questions = plain({ web: inject('bed').web.ipv4, pod }).map(([type, name]) => ({ type, name }));
    const messages = [...inEachWay(questions), ...rare];
    const inPod = await askedInPod('web', { messages });
    const inSession = await askedInSession([], { messages });
    expectSame(messages, inSession.messages, inPod.messages);
    // The comparison is worth something only where there are answers, and cut ones.
    expect(JSON.stringify(inPod.messages)).not.toContain('failed');
    expect(inPod.messages.filter(([one]) => String(one?.['flags']).includes('tc')).length).toBeGreaterThan(3);
  });

  const lookups = (names: readonly string[]): NonNullable<Questions['lookups']> =>
    names.flatMap((name) => ([0, 4, 6] as const).map((family) => ({ name, family })));

  it('the search path: short names, with and without the last dot', async () => {
    const questions = {
      lookups: lookups([
        'web',
        'web.shop',
        'web.shop.svc',
        `web.shop.${cluster}`,
        `web.shop.${cluster}.`,
        'web.',
        'shop.web',
        'localhost',
        'kubernetes',
        'named',
        'first.named',
        'outside',
        'chained',
        'nowhere',
        'db.cloud.example',
        'db.cloud.example.',
        'db',
        'cloud.example',
      ]),
    };
    const [inPod, inSession] = await Promise.all([askedInPod('web', questions), askedInSession([], questions)]);
    expectSame(questions.lookups, inSession.lookups, inPod.lookups);
    expect([inSession.resolvConf, inSession.hosts]).toEqual([inPod.resolvConf, inPod.hosts]);
  });

  it('aliases, search path and options of a workload that has its own', async () => {
    const questions = { lookups: lookups(['alias', 'other-alias.example', 'db', 'web', 'web.shop', 'web.shop.svc']) };
    const inPod = await askedInPod('named', questions);
    const inSession = await askedInSession(['--copy', 'deploy/named'], questions);
    expect([inSession.resolvConf, inSession.hosts]).toEqual([inPod.resolvConf, inPod.hosts]);
    expect(inPod.resolvConf).toEqual([
      'search default.svc.cluster.local cloud.example svc.cluster.local',
      'edns0 ndots:2 options timeout:3',
    ]);
    expectSame(questions.lookups, inSession.lookups, inPod.lookups);
  });
});

function reverse(ipv4: string): string {
  return `${ipv4.split('.').reverse().join('.')}.in-addr.arpa`;
}
