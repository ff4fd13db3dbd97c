import { decode, encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { KeptAnswers, type FindAnswer } from '../../../src/domain/dns/kept-answers.ts';
import type { SidedAnswer } from '../../../src/domain/dns/sided-answer.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { deferred } from '../../../src/domain/promises.ts';

const query = (id: number, name = 'web.example'): Uint8Array =>
  encode({ type: 'query', id, flags: 0x100, questions: [{ name, type: 'A' }] });
const answer = (id: number, ttl = 30): Uint8Array =>
  encode({
    type: 'response',
    id,
    flags: 0x180,
    questions: [{ name: 'web.example', type: 'A' }],
    answers: [{ type: 'A', name: 'web.example', ttl, data: '192.0.2.1' }],
  });
const idOf = ({ message }: SidedAnswer): number | undefined => decode(Buffer.from(message)).id;

function setUp(): { kept: KeptAnswers; find: FindAnswer; times: () => number; pass: (ms: number) => void; next: Partial<SidedAnswer> } {
  let [nowMs, times] = [0, 0];
  const next: Partial<SidedAnswer> = {};
  const find: FindAnswer = async () => {
    times += 1;
    return { message: answer(times), side: 'cluster', mayBeKept: true, ...next };
  };
  return { kept: new KeptAnswers(4096, () => instant(nowMs)), find, times: () => times, pass: (ms) => (nowMs += ms), next };
}

describe('kept answers', () => {
  it('are given again for their TTL, to whoever asks, with the id of each', async () => {
    const { kept, find, times, pass } = setUp();
    expect(idOf(await kept.answer(query(7), 'udp', find))).toBe(7);
    pass(29_000);
    const again = await kept.answer(query(8), 'udp', find);
    expect([idOf(again), again.side, times()]).toEqual([8, 'cluster', 1]);
    await kept.answer(query(8), 'tcp', find);
    await kept.answer(query(8, 'db.example'), 'udp', find);
    expect(times()).toBe(3);
    pass(1000);
    await kept.answer(query(9), 'udp', find);
    expect(times()).toBe(4);
  });

  it.each<[string, Partial<SidedAnswer>]>([
    ['that a side failed to give', { mayBeKept: false }],
    ['of nobody', { side: 'nobody' }],
    ['without a TTL', { message: answer(1, 0) }],
  ])('are none %s', async (_what, next) => {
    const world = setUp();
    Object.assign(world.next, next);
    for (const id of [1, 2]) await world.kept.answer(query(id), 'udp', world.find);
    expect(world.times()).toBe(2);
  });

  it('come of one question where several are on their way', async () => {
    const { kept, times } = setUp();
    const found = deferred<SidedAnswer>();
    let asked = 0;
    const find = (): Promise<SidedAnswer> => {
      asked += 1;
      return found.promise;
    };
    const both = [kept.answer(query(1), 'udp', find), kept.answer(query(2), 'udp', find)];
    found.resolve({ message: answer(1), side: 'laptop', mayBeKept: false });
    expect((await Promise.all(both)).map(idOf)).toEqual([1, 2]);
    await kept.answer(query(3), 'udp', find);
    expect([asked, times()]).toEqual([2, 0]);
  });

  it('don’t wait for a question that may have led to them', async () => {
    const { kept } = setUp();
    let release = (): void => undefined;
    const outer = deferred<SidedAnswer>();
    const first = kept.answer(query(1), 'udp', (released) => {
      release = released;
      return outer.promise;
    });
    release();
    const echo = await kept.answer(query(2), 'udp', async () => ({ message: answer(2), side: 'cluster', mayBeKept: false }));
    expect(idOf(echo)).toBe(2);
    outer.resolve({ message: answer(1), side: 'laptop', mayBeKept: true });
    expect((await first).side).toBe('laptop');
  });

  it('may be released at once', async () => {
    const { kept, find, times } = setUp();
    const never = deferred<SidedAnswer>();
    void kept.answer(query(1), 'udp', (release) => {
      release();
      return never.promise;
    });
    await kept.answer(query(2), 'udp', find);
    expect(times()).toBe(1);
  });

  it('are asked for again after a failure', async () => {
    const { kept, find, times } = setUp();
    const fails = (): Promise<never> => Promise.reject(new Error('no file'));
    await expect(kept.answer(query(1), 'udp', fails)).rejects.toThrow('no file');
    await kept.answer(query(2), 'udp', find);
    expect(times()).toBe(1);
  });

  it('of what is no plain question belong to it alone', async () => {
    const { kept, find, times } = setUp();
    for (let i = 0; i < 2; i++) await kept.answer(Uint8Array.of(1, 2, 3), 'udp', find);
    expect(times()).toBe(2);
  });
});
