import { beforeEach, describe, expect, it } from 'vitest';
import { keepLease } from '../../../src/app/use-cases/keep-lease.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';

const name = 'inpod-abcde';
const never = new AbortController().signal;

describe('keepLease', () => {
  let clock: FakeClock;
  let cluster: MemoryCluster;
  let events: SessionEvent[];
  let renewal: ReturnType<typeof keepLease>;

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = new MemoryCluster();
    events = [];
    await cluster.createLease({ name, sessionId: 'abcde', holder: 'ann@laptop', durationSeconds: 30 }, never);
    renewal = keepLease({ cluster, clock, events: (event) => events.push(event), name, everyMs: 10_000 });
  });

  const failWith = (code: 'UNAUTHORIZED' | 'NOT_FOUND' | 'API_UNREACHABLE' | undefined): void => {
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
    for (const code of ['UNAUTHORIZED', 'NOT_FOUND', undefined, 'NOT_FOUND'] as const) {
      failWith(code);
      await clock.advance(20_000);
    }
    expect(events.map((event) => (event.kind === 'warning' ? event.code : ''))).toEqual(['UNAUTHORIZED', 'NOT_FOUND', 'NOT_FOUND']);
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
});
