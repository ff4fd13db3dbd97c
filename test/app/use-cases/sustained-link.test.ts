import { beforeEach, describe, expect, it } from 'vitest';
import { SustainedLink } from '../../../src/app/use-cases/sustained-link.ts';
import { ClusterError, TunnelError } from '../../../src/domain/errors.ts';
import { deferred } from '../../../src/domain/promises.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { podFacts } from '../../builders/session-builders.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { echo, MemoryHosts } from '../../fakes/memory-hosts.ts';
import { MemoryLinks } from '../../fakes/memory-link.ts';
import { record } from '../../fakes/recording-sink.ts';

const never = new AbortController().signal;
const unreachable = new ClusterError({ code: 'API_UNREACHABLE', message: 'no route', hint: 'check the VPN' });
const timings = { limitMs: 60_000, firstPauseMs: 200, longestPauseMs: 5000, tellAfterMs: 2000 };
const web = { host: '10.96.7.7', port: 80 };

describe('SustainedLink', () => {
  let clock: FakeClock;
  let links: MemoryLinks;
  let events: SessionEvent[];
  let link: SustainedLink;

  beforeEach(async () => {
    clock = new FakeClock();
    events = [];
    links = new MemoryLinks({
      facts: podFacts(),
      hosts: new MemoryHosts().serve(web.host, web.port, echo),
      answerDns: async (message) => message,
    });
    const carrier = { dial: () => Promise.reject(unreachable) };
    link = await SustainedLink.open(
      { links, carrier, keys: links.generateKeys(), clock, timings, events: (event) => events.push(event) },
      never,
    );
  });

  const failTo = (error: Error): void => {
    links.beforeOpen = () => {
      throw error;
    };
  };

  it('passes on why the first link could not be opened', async () => {
    failTo(unreachable);
    const carrier = { dial: () => Promise.reject(unreachable) };
    const opening = SustainedLink.open({ links, carrier, keys: links.generateKeys(), clock, timings, events: () => undefined }, never);
    await expect(opening).rejects.toBe(unreachable);
  });

  it('dials, sends and asks through the current link', async () => {
    const sink = record(await link.dial(web, never));
    await settle();
    expect(sink.breaches).toEqual([]);
    expect(link.openDatagrams({ host: '10.96.0.10', port: 53 })).toBeDefined();
    expect(await link.queryDns(Uint8Array.of(1, 2), 'udp', never)).toEqual(Uint8Array.of(1, 2));
    expect(link.podFacts.hostname).toBe('inpod-abcde');
  });

  it('is opened again after a loss; connections break, and both are told', async () => {
    const sink = record(await link.dial(web, never));
    links.last.break();
    await settle();
    expect(links.opened).toHaveLength(2);
    expect(sink.failure?.errno).toBe('EPIPE');
    expect(events).toEqual([
      { kind: 'link-lost', reason: 'the connection to the agent was lost', limitMs: timings.limitMs, brokenConnections: 1 },
      { kind: 'link-restored', afterMs: 0, attempts: 1 },
    ]);
    record(await link.dial(web, never));
  });

  describe('that is doubted', () => {
    const question = Uint8Array.of(1, 2);

    it('lets connections and names wait until it has proved that it is there', async () => {
      const proof = deferred<void>();
      links.last.beforeProof = () => proof.promise;
      link.doubt();
      let done = 0;
      const both = [link.dial(web, never).then(record), link.queryDns(question, 'udp', never)].map((one) => one.then(() => done++));
      await settle();
      expect(done).toBe(0);
      proof.resolve();
      await Promise.all(both);
      expect(links.opened).toHaveLength(1);
      expect(events).toEqual([]);
    });

    it('is dialled again where it proves dead, and nobody who waited fails', async () => {
      links.last.beforeProof = (dead) => dead.break();
      links.beforeOpen = () => clock.sleep(timings.tellAfterMs - 1, never);
      link.doubt();
      const both = Promise.all([link.dial(web, never), link.queryDns(question, 'udp', never)]);
      const [channel, answer] = await clock.runUntilDone(both);
      record(channel);
      expect(answer).toEqual(question);
      expect(links.opened).toHaveLength(2);
    });

    it('stays the one that is being dialled again', async () => {
      failTo(unreachable);
      links.last.break();
      await settle();
      link.doubt();
      links.beforeOpen = () => undefined;
      const dialled = link.dial(web, never);
      record(await clock.runUntilDone(dialled));
      expect(links.opened).toHaveLength(2);
    });
  });

  it('lets names wait for a path that was just lost, and fail at once when that has lasted', async () => {
    const asking = links.last;
    const query = asking.queryDns.bind(asking);
    asking.queryDns = (message) => {
      asking.break();
      return query(message);
    };
    expect(await link.queryDns(Uint8Array.of(1), 'udp', never)).toEqual(Uint8Array.of(1));
    failTo(unreachable);
    links.last.break();
    await settle();
    const waiting = link.queryDns(Uint8Array.of(2), 'udp', never).catch((error: unknown) => error);
    await clock.advance(timings.tellAfterMs);
    expect(await waiting).toMatchObject({ code: 'LINK_LOST' });
    await expect(link.queryDns(Uint8Array.of(3), 'udp', never)).rejects.toMatchObject({ code: 'LINK_LOST' });
  });

  it('tells of a loss that lasts while it goes on trying, once', async () => {
    failTo(unreachable);
    links.last.break();
    await clock.advance(timings.tellAfterMs - 1);
    expect(events).toEqual([]);
    await clock.advance(20_000);
    expect(events.map(({ kind }) => kind)).toEqual(['link-lost']);
    links.beforeOpen = () => undefined;
    await clock.advance(timings.longestPauseMs);
    expect(events.map(({ kind }) => kind)).toEqual(['link-lost', 'link-restored']);
  });

  it('is opened again where the agent closed it without an error', async () => {
    await links.last.close();
    await settle();
    expect(events.map(({ kind }) => kind)).toEqual(['link-lost', 'link-restored']);
  });

  it('is opened again as often as it is lost', async () => {
    for (let i = 0; i < 5; i++) {
      links.last.break();
      await settle();
    }
    expect(links.opened).toHaveLength(6);
  });

  it('waits longer from try to try, up to a limit', async () => {
    const tries: number[] = [];
    links.beforeOpen = () => {
      tries.push(clock.now());
      throw unreachable;
    };
    links.last.break();
    await clock.advance(25_000);
    const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  it('lets new connections wait while the path is away, and go on when it is back', async () => {
    failTo(unreachable);
    links.last.break();
    await settle();
    const dialled = link.dial(web, never);
    await clock.advance(10_000);
    links.beforeOpen = () => undefined;
    await clock.advance(5000);
    record(await dialled);
    expect(events.at(-1)).toMatchObject({ kind: 'link-restored' });
  });

  it('goes on where a restarted API server refused for a moment', async () => {
    failTo(new ClusterError({ code: 'FORBIDDEN', message: 'roles are not read yet' }));
    links.last.break();
    await settle();
    links.beforeOpen = () => undefined;
    await clock.advance(timings.firstPauseMs);
    expect(events.at(-1)).toMatchObject({ kind: 'link-restored', attempts: 2 });
  });

  it('dials again on the next path where the old one is lost during the dial', async () => {
    const first = links.last;
    const dial = first.dial.bind(first);
    first.dial = (target, signal) => {
      first.break();
      return dial(target, signal);
    };
    record(await link.dial(web, never));
    expect(links.opened).toHaveLength(2);
  });

  it('lets a program give up waiting', async () => {
    failTo(unreachable);
    links.last.break();
    await settle();
    const gaveUp = new AbortController();
    const dialled = link.dial(web, gaveUp.signal);
    gaveUp.abort(new Error('gave up'));
    await expect(dialled).rejects.toThrow('gave up');
  });

  it('loses datagrams while the path is away', async () => {
    failTo(unreachable);
    links.last.break();
    await settle();
    expect(link.openDatagrams(web)).toBeUndefined();
  });

  it('is gone for good after the limit: who waits is told, with the last failure and its hint', async () => {
    failTo(unreachable);
    links.last.break();
    await settle();
    const dialled = link.dial(web, never);
    dialled.catch(() => undefined);
    const reason = await clock.runUntilDone(link.lost);
    expect(reason).toMatchObject({ code: 'LINK_LOST', hint: 'check the VPN', cause: unreachable });
    expect(reason?.message).toBe('no link to the agent for 60 s; last failure: no route');
    expect(clock.now()).toBeLessThanOrEqual(timings.limitMs);
    await expect(dialled).rejects.toBe(reason);
  });

  it.each([
    new ClusterError({ code: 'POD_GONE', message: 'gone' }),
    new ClusterError({ code: 'NOT_FOUND', message: 'no such' }),
    new TunnelError({ code: 'HOST_KEY_MISMATCH', message: 'another agent' }),
    new TunnelError({ code: 'PROTOCOL_MISMATCH', message: 'version 2' }),
  ])('does not wait where waiting mends nothing: $code', async (error) => {
    failTo(error);
    links.last.break();
    expect(await link.lost).toBe(error);
    expect(clock.now()).toBe(0);
    expect(events).toEqual([]);
  });

  it.each([
    new ClusterError({ code: 'UNAUTHORIZED', message: 'expired' }),
    new TunnelError({ code: 'LINK_FAILED', message: 'nobody listens', transient: true }),
    new TunnelError({ code: 'AGENT_BUSY', message: 'one client at a time' }),
  ])('goes on trying where it may help: $code', async (error) => {
    failTo(error);
    links.last.break();
    await clock.advance(10_000);
    links.beforeOpen = () => undefined;
    await clock.advance(5000);
    expect(events.at(-1)?.kind).toBe('link-restored');
  });

  describe('close', () => {
    it('settles `lost` without an error, and closes the link', async () => {
      await link.close();
      expect(await link.lost).toBeUndefined();
      expect(links.last.closeCount).toBe(1);
      expect(events).toEqual([]);
    });

    it('ends the wait between two tries', async () => {
      failTo(unreachable);
      links.last.break();
      await settle();
      await link.close();
      expect(await link.lost).toBeUndefined();
      expect(clock.sleeping).toBe(0);
    });

    it.each(['fails', 'succeeds'])('while a try is under way that then %s leaves no link', async (outcome) => {
      const slow = deferred<void>();
      links.beforeOpen = () => slow.promise;
      links.last.break();
      await settle();
      const closed = link.close();
      if (outcome === 'fails') slow.reject(unreachable);
      else slow.resolve();
      await closed;
      expect(links.opened.filter((one) => !one.isGone)).toEqual([]);
      expect(events).toEqual([]);
    });
  });
});
