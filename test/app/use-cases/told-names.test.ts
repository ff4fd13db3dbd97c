import { beforeEach, describe, expect, it } from 'vitest';
import { FollowedNames } from '../../../src/app/use-cases/told-names.ts';
import type { ToldName, ToldNames } from '../../../src/domain/dns/told-name.ts';
import { TunnelError } from '../../../src/domain/errors.ts';
import { deferred, type Deferred } from '../../../src/domain/promises.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

const name = (text: string): ToldName => ({ name: text, type: 'A', by: 'cluster', outcome: 'found', tookMs: 1, addresses: [] });
const names = (...texts: readonly string[]): ToldNames => ({ names: texts.map(name), dropped: 0 });

describe('names that are answered in the pod', () => {
  let clock: FakeClock;
  let polls: { readonly waitMs: number; readonly reply: Deferred<ToldNames> }[];
  let told: string[];
  let events: SessionEvent[];
  let ending: AbortController;
  let followed: FollowedNames;
  let telling: Promise<void>;

  beforeEach(() => {
    [clock, polls, told, events, ending, telling] = [new FakeClock(), [], [], [], new AbortController(), Promise.resolve()];
    const link = {
      namesTold: (waitMs: number): Promise<ToldNames> => {
        const reply = deferred<ToldNames>();
        polls.push({ waitMs, reply });
        return reply.promise;
      },
    };
    const tell = (one: ToldName): Promise<void> => {
      told.push(one.name);
      return telling;
    };
    followed = new FollowedNames({ link, told: tell, events: (event) => events.push(event), clock, signal: ending.signal });
  });

  const answer = async (reply: ToldNames): Promise<void> => {
    polls.at(-1)?.reply.resolve(reply);
    await settle();
  };

  it('are asked for again and again, with a pause where there were any', async () => {
    void followed.follow();
    expect(polls.map(({ waitMs }) => waitMs)).toEqual([20_000]);
    await answer(names());
    expect(polls).toHaveLength(2);
    await answer(names('a', 'b'));
    expect([told, polls.length]).toEqual([['a', 'b'], 2]);
    await clock.advance(200);
    expect(polls).toHaveLength(3);
    ending.abort();
    await answer(names());
    expect([polls.length, clock.sleeping]).toEqual([3, 0]);
  });

  it('are told by number where they were too many', async () => {
    void followed.follow();
    await answer({ ...names('a'), dropped: 7 });
    expect(events).toEqual([{ kind: 'names-untold', count: 7 }]);
  });

  it.each([
    ['of an agent that can’t tell', new TunnelError({ code: 'LINK_FAILED', message: 'unknown-type' })],
    ['without a link', new TunnelError({ code: 'LINK_LOST', message: 'gone' })],
  ])('are asked for no more %s', async (_what, error) => {
    const over = followed.follow();
    polls[0]?.reply.reject(error);
    await over;
    expect(polls).toHaveLength(1);
  });

  it('are asked for once more at the end, and what is being told is waited for', async () => {
    const warned = deferred<void>();
    telling = warned.promise;
    let isOver = false;
    void followed.last().then(() => (isOver = true));
    expect(polls.map(({ waitMs }) => waitMs)).toEqual([0]);
    await answer(names('last'));
    expect([told, isOver]).toEqual([['last'], false]);
    warned.resolve();
    await settle();
    expect([isOver, clock.sleeping]).toEqual([true, 0]);
  });

  it('don’t hold the end up', async () => {
    let isOver = false;
    void followed.last().then(() => (isOver = true));
    await clock.advance(500);
    expect(isOver).toBe(true);
  });
});
