import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isInstalled } from '../integration/support/is-installed.ts';
import { askedInPod, askedInSession, expectSame, type Answers, type Question, type Questions } from './support/asked-names.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e, runsAsRoot } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { checkLeaks } from './support/leak-check.ts';
import { namesObjects } from './support/names-objects.ts';
import { lookups, plainQuestions, searchedNames } from './support/names-questions.ts';
import { OwnMachine } from './support/own-machine.ts';

const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

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
    const questions = plainQuestions({ web: inject('bed').web.ipv4, pod });
    const messages = [...inEachWay(questions), ...rare];
    const inPod = await askedInPod('web', { messages });
    const inSession = await askedInSession({ args: [] }, { messages });
    expectSame(messages, inSession.messages, inPod.messages);
    // The comparison is worth something only where there are answers, and cut ones.
    expect(JSON.stringify(inPod.messages)).not.toContain('failed');
    expect(inPod.messages.filter(([one]) => String(one?.['flags']).includes('tc')).length).toBeGreaterThan(3);
  });

  it('the search path: short names, with and without the last dot', async () => {
    const questions = { lookups: lookups(searchedNames) };
    const [inPod, inSession] = await Promise.all([askedInPod('web', questions), askedInSession({ args: [] }, questions)]);
    expectSame(questions.lookups, inSession.lookups, inPod.lookups);
    expect([inSession.resolvConf, inSession.hosts]).toEqual([inPod.resolvConf, inPod.hosts]);
  });

  it('aliases, search path and options of a workload that has its own', async () => {
    const questions = { lookups: lookups(['alias', 'other-alias.example', 'db', 'web', 'web.shop', 'web.shop.svc']) };
    const inPod = await askedInPod('named', questions);
    const inSession = await askedInSession({ args: ['--copy', 'deploy/named'] }, questions);
    expect([inSession.resolvConf, inSession.hosts]).toEqual([inPod.resolvConf, inPod.hosts]);
    expect(inPod.resolvConf).toEqual([
      'search default.svc.cluster.local cloud.example svc.cluster.local',
      'edns0 ndots:2 options timeout:3',
    ]);
    expectSame(questions.lookups, inSession.lookups, inPod.lookups);
  });

  it('torsocks: the IPv4 addresses, and which names there are', async () => {
    const questions = { lookups: searchedNames.map((name) => ({ name, family: 4 as const })) };
    const [inPod, inSession] = await Promise.all([
      askedInPod('web', questions),
      askedInSession({ args: ['--backend', 'torsocks'] }, questions),
    ]);
    // It has one word for all that fails, and one address for each name.
    const told = inPod.lookups.map(([first = '']) => [first === 'ENOTFOUND' ? 'EAI_FAIL' : first]);
    expectSame(questions.lookups, inSession.lookups, told);
  });

  describe.skipIf(!runsAsRoot || !isInstalled('sshuttle'))('sshuttle, as root, on a machine of its own', () => {
    let machine: OwnMachine;
    beforeAll(async () => {
      machine = await OwnMachine.open();
    });
    afterAll(() => machine.close());
    const asked = (questions: Questions): Promise<Answers> =>
      askedInSession({ as: 'root', prefix: machine.prefix, args: ['--backend', 'sshuttle'] }, questions);

    it('messages by UDP, of names that need no search path', async () => {
      const [pod = ''] = await admin().podAddresses('default', 'app=named');
      const questions = plainQuestions({ web: inject('bed').web.ipv4, pod }).filter(({ name }) => !isSearched(name));
      const messages = [...inEachWay(questions).filter(({ transport }) => transport !== 'tcp'), ...rare];
      const [inPod, inSession] = await Promise.all([askedInPod('web', { messages }), asked({ messages })]);
      expectSame(messages, inSession.messages.map(withoutCuts), inPod.messages.map(withoutCuts));
    });

    it('the search path, which is the whole machine’s', async () => {
      // One that says nothing takes half of the time that glibc has for a name.
      await machine.startOffice({});
      // A name of this machine's, and one whose last dot its resolver keeps to itself.
      const names = searchedNames.filter((name) => name !== 'localhost' && name !== 'web.');
      const questions = { lookups: lookups(names) };
      const [inPod, inSession] = await Promise.all([askedInPod('web', questions), asked(questions)]);
      expectSame(questions.lookups, inSession.lookups, inPod.lookups);
    });
  });
});

/** The pod's resolver knows it with a suffix alone. */
const isSearched = (name: string): boolean => ['web', 'web.default.svc'].includes(name);

/** Every answer that was cut has more. */
const fewRecords = 6;

/** Only TCP would bring what was cut, and sshuttle carries no question by it: no answer is said to be cut. Which records are left is chance. */
function withoutCuts(answers: Answers['messages'][number]): readonly unknown[] {
  const count = (section: unknown): unknown => (Array.isArray(section) ? section.length : section);
  return answers.map(({ flags, answers: found, authority, additional, ...rest }) => ({
    ...rest,
    flags: String(flags).replace(' tc', ''),
    sections:
      Array.isArray(found) && found.length <= fewRecords ? [found, authority, additional] : [found, authority, additional].map(count),
  }));
}
