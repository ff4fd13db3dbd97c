import { beforeEach, describe, expect, it } from 'vitest';
import { LeaseKeeper } from '../../../src/app/use-cases/lease-keeper.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';

const name = 'inpod-abcde';
const never = new AbortController().signal;

describe('LeaseKeeper', () => {
  let clock: FakeClock;
  let cluster: MemoryCluster;
  let events: SessionEvent[];
  let renewal: LeaseKeeper;

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = new MemoryCluster();
    events = [];
    await cluster.createLease({ name, sessionId: 'abcde', holder: 'ann@laptop', durationSeconds: 30 }, never);
    renewal = new LeaseKeeper({ cluster, clock, events: (event) => events.push(event), name, everyMs: 10_000 });
  });

  const failWith = (code: 'UNAUTHORIZED' | 'FORBIDDEN' | 'API_UNREACHABLE' | undefined): void => {
    cluster.script = () => {
      if (code) throw new ClusterError({ code, message: `${code} it was`, hint: 'do this' });
    };
  };

  it('renews at each interval, not at once', async () => {
    renewal.start();
    await clock.advance(9999);
    expect(cluster.leases.get(name)?.renewals).toBe(0);
    await clock.advance(30_001);
    expect(cluster.leases.get(name)?.renewals).toBe(4);
  });

  it('stops when told, also while a renewal is under way', async () => {
    renewal.start();
    cluster.script = () => new Promise(() => undefined);
    await clock.advance(10_000);
    renewal.stop();
    await settle();
    expect(clock.sleeping).toBe(0);
    expect(events).toEqual([]);
  });

  it('does nothing where it was stopped before it started', async () => {
    renewal.stop();
    renewal.start();
    await clock.advance(60_000);
    expect(cluster.leases.get(name)?.renewals).toBe(0);
  });

  it('tells of credentials that ended, once', async () => {
    failWith('UNAUTHORIZED');
    renewal.start();
    await clock.advance(60_000);
    expect(events).toEqual([
      { kind: 'warning', code: 'UNAUTHORIZED', message: "the session's Lease could not be renewed: UNAUTHORIZED it was", hint: 'do this' },
    ]);
  });

  it('tells of each kind of failure, and again after a success', async () => {
    renewal.start();
    for (const code of ['UNAUTHORIZED', 'FORBIDDEN', undefined, 'FORBIDDEN'] as const) {
      failWith(code);
      await clock.advance(30_000);
    }
    expect(events.map((event) => (event.kind === 'warning' ? event.code : ''))).toEqual(['UNAUTHORIZED', 'FORBIDDEN', 'FORBIDDEN']);
  });

  it('says nothing of an API server that was just restarted, and doesn’t know its roles yet', async () => {
    renewal.start();
    failWith('API_UNREACHABLE');
    await clock.advance(30_000);
    failWith('FORBIDDEN');
    await clock.advance(10_000);
    failWith(undefined);
    await clock.advance(20_000);
    expect(events).toEqual([]);
  });

  it('is silent about an API that is away: the link tells that', async () => {
    failWith('API_UNREACHABLE');
    renewal.start();
    await clock.advance(60_000);
    expect(events).toEqual([]);
    failWith(undefined);
    await clock.advance(10_000);
    expect(cluster.leases.get(name)?.renewals).toBe(1);
  });

  describe('once the Lease is not its own any more', () => {
    const claim = async (by: string): Promise<void> => {
      const facts = await cluster.readLease(name, never);
      expect(facts && (await cluster.claimLease(name, facts, by, never))).toBe(true);
    };
    const notice = {
      leaseName: name,
      by: 'bob@desk (pid 7)',
      atWallMs: Date.UTC(2026, 4, 3, 14, 7, 9),
      detail: 'gave deployment/web its replica back',
    };

    it('says who ended the session, when, and what was given back', async () => {
      renewal.start();
      await claim('bob@desk (pid 7)');
      await clock.advance(12_000);
      await cluster.leaveNotice(notice, never);
      const lost = await clock.runUntilDone(renewal.lost);
      expect(lost).toMatchObject({
        code: 'LEASE_CLAIMED',
        message:
          'this session was silent for too long, so bob@desk (pid 7) ended it at 2026-05-03 14:07:09 UTC: gave deployment/web its replica back',
      });
      expect([cluster.notices.size, clock.sleeping]).toEqual([0, 0]);
    });

    it('says so to all who ask, though the word is there but once', async () => {
      renewal.start();
      await cluster.leaveNotice(notice, never);
      await cluster.deleteLease(name, never);
      const explained = renewal.explain(new ClusterError({ code: 'POD_GONE', message: 'the pod is gone' }));
      await clock.advance(10_000);
      expect(await renewal.lost).toBe(await explained);
    });

    it('doesn’t wait for a word without end', async () => {
      renewal.start();
      await claim('bob@desk (pid 7)');
      expect(await clock.runUntilDone(renewal.lost)).toMatchObject({ message: 'bob@desk (pid 7) is giving back what it had' });
    });

    it.each([
      ['with a word', notice, 'LEASE_CLAIMED'],
      ['without one', undefined, 'POD_GONE'],
    ])('explains a pod that is gone by its Lease that is: %s', async (_how, word, code) => {
      if (word) await cluster.leaveNotice(word, never);
      await cluster.deleteLease(name, never);
      const loss = new ClusterError({ code: 'POD_GONE', message: 'the pod is gone' });
      expect(await renewal.explain(loss)).toMatchObject({ code });
    });

    it('leaves a loss as it is where the Lease still stands', async () => {
      const loss = new ClusterError({ code: 'POD_GONE', message: 'the pod is gone' });
      expect(await renewal.explain(loss)).toBe(loss);
    });
  });
});
