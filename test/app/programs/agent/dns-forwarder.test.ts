import { afterEach, describe, expect, it } from 'vitest';
import { forwardQuery, type ResolverPlan } from '../../../../src/app/programs/agent/dns-forwarder.ts';
import { makeAnswer, makeQuery, startResolver, type Answerer, type FakeResolver } from '../../../support/link-resolver.ts';

const resolvers: FakeResolver[] = [];
afterEach(async () => {
  await Promise.all(resolvers.splice(0).map((resolver) => resolver.close()));
});

/** Name servers on 127.0.0.1, 127.0.0.2 ... with one port. */
async function start(...answerers: readonly Answerer[]): Promise<{ plan: ResolverPlan; port: number }> {
  for (const [i, answerer] of answerers.entries())
    resolvers.push(await startResolver(answerer, `127.0.0.${i + 1}`, resolvers[0]?.port ?? 0));
  return { plan: { servers: answerers.map((_, i) => `127.0.0.${i + 1}`), timeoutMs: 150, attempts: 2 }, port: resolvers[0]?.port ?? 0 };
}

const query = makeQuery(0x1234, 'web.default.svc.cluster.local');
const silent: Answerer = () => [];
const right: Answerer = (asked) => [makeAnswer(asked)];
const signal = new AbortController().signal;

describe('forwardQuery', () => {
  it.each(['udp', 'tcp'] as const)('gives the first answer by %s', async (transport) => {
    const { plan, port } = await start(right);
    expect(Buffer.from(await forwardQuery(plan, { message: query, transport, port, signal }))).toEqual(makeAnswer(query));
  });

  it('ignores what is no answer to the question: another id, another question, a query', async () => {
    const { plan, port } = await start((asked) => [
      makeAnswer(makeQuery(0x1235, 'web.default.svc.cluster.local')),
      makeAnswer(makeQuery(0x1234, 'evil.example')),
      asked,
      makeAnswer(asked),
    ]);
    expect(Buffer.from(await forwardQuery(plan, { message: query, transport: 'udp', port, signal }))).toEqual(makeAnswer(query));
  });

  it('asks from a fresh port each time', async () => {
    const { plan, port } = await start(right);
    for (let i = 0; i < 5; i++) await forwardQuery(plan, { message: query, transport: 'udp', port, signal });
    expect(new Set(resolvers[0]?.sourcePorts).size).toBeGreaterThan(1);
  });

  it.each([
    ['is silent', silent],
    ['says SERVFAIL', (asked) => [makeAnswer(asked, 2)]],
    ['refuses', (asked) => [makeAnswer(asked, 5)]],
  ] as const satisfies readonly (readonly [string, Answerer])[])('asks the next server where the first %s', async (_, first) => {
    const { plan, port } = await start(first, right);
    expect((await forwardQuery(plan, { message: query, transport: 'udp', port, signal }))[3]).toBe(0x80);
  });

  it('asks no other server after an unknown name', async () => {
    const { plan, port } = await start((asked) => [makeAnswer(asked, 3)], right);
    expect((await forwardQuery(plan, { message: query, transport: 'udp', port, signal }))[3]).toBe(0x83);
    expect(resolvers[1]?.sourcePorts).toEqual([]);
  });

  it('gives SERVFAIL where no server knows better', async () => {
    const { plan, port } = await start((asked) => [makeAnswer(asked, 2)], silent);
    expect((await forwardQuery(plan, { message: query, transport: 'udp', port, signal }))[3]).toBe(0x82);
  });

  it('asks again in the next round, then names the time-out', async () => {
    let asked = 0;
    const second = await start((message) => (asked++ === 0 ? [] : [makeAnswer(message)]));
    await forwardQuery(second.plan, { message: query, transport: 'udp', port: second.port, signal });
    expect(asked).toBe(2);
  });

  it('tells silence from a server that is not there', async () => {
    const { plan, port } = await start(silent);
    await expect(forwardQuery(plan, { message: query, transport: 'udp', port, signal })).rejects.toMatchObject({ code: 'DNS_TIMEOUT' });
    for (const transport of ['udp', 'tcp'] as const) {
      await expect(forwardQuery({ ...plan, servers: ['127.0.0.9'] }, { message: query, transport, port, signal })).rejects.toMatchObject({
        code: 'DNS_FAILED',
      });
    }
  });

  it('ends at once when the link goes', async () => {
    const { plan, port } = await start(silent);
    const controller = new AbortController();
    const answer = forwardQuery({ ...plan, timeoutMs: 60_000 }, { message: query, transport: 'tcp', port, signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toBeDefined();
  });
});
