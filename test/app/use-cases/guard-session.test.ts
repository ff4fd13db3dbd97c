import { beforeEach, describe, expect, it } from 'vitest';
import { guardSession } from '../../../src/app/use-cases/guard-session.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { WorkloadHold } from '../../../src/domain/workload/workload-facts.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';
import { MemoryWorkloads } from '../../fakes/memory-workloads.ts';

const never = new AbortController().signal;
const leaseName = 'inpod-abcde';
const mark = { version: 1, lease: leaseName, holder: 'ann@laptop', replicas: 2 } as const;
const hold: WorkloadHold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] };

describe('guardSession', () => {
  let clock: FakeClock;
  let cluster: MemoryCluster;
  let workloads: MemoryWorkloads;

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = new MemoryCluster();
    workloads = new MemoryWorkloads({ replicas: 0, heldBy: mark });
    cluster.workloads = workloads;
    cluster.nowMs = () => clock.wallMs();
    await cluster.createLease({ name: leaseName, sessionId: 'abcde', holder: 'ann@laptop', durationSeconds: 30, hold }, never);
  });

  const guard = (): Promise<string | undefined> =>
    guardSession({ cluster, clock, by: 'inpod-guardian (pod g)', silenceMs: 120_000, leaseName, lookMs: 10_000 }, never);

  it('gives the workload back after two minutes of silence, and leaves a word', async () => {
    const guarding = guard();
    await clock.advance(119_000);
    expect(workloads.facts.replicas).toBe(0);
    expect(await clock.runUntilDone(guarding)).toBe(
      'gave deployment/web its 2 replicas back; deleted Lease inpod-abcde with its pod and Secret',
    );
    expect(clock.now()).toBeLessThanOrEqual(130_000);
    expect(workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
    expect(cluster.notices.get(leaseName)?.by).toBe('inpod-guardian (pod g)');
  });

  it('only waits while the session speaks, and ends with it', async () => {
    const guarding = guard();
    for (let minutes = 0; minutes < 10; minutes++) {
      await clock.advance(60_000);
      await cluster.renewLease(leaseName, never);
    }
    expect(workloads.facts.replicas).toBe(0);
    await cluster.deleteLease(leaseName, never);
    expect(await clock.runUntilDone(guarding)).toBeUndefined();
  });

  it('goes on when the API comes back', async () => {
    cluster.script = (call) => {
      if (call === 'readLease') throw new ClusterError({ code: 'API_UNREACHABLE', message: 'away' });
    };
    const guarding = guard();
    await clock.advance(600_000);
    cluster.script = () => undefined;
    expect(await clock.runUntilDone(guarding)).toMatch(/2 replicas back/);
  });

  it('ends with what isn’t going to pass', async () => {
    cluster.script = (call) => {
      if (call === 'claimLease') throw new ClusterError({ code: 'FORBIDDEN', message: 'not allowed to patch' });
    };
    await expect(clock.runUntilDone(guard())).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
