import { describe, expect, it } from 'vitest';
import {
  isStale,
  leaseFacts,
  leaseManifest,
  noticeManifest,
  noticeOf,
  type LeaseObject,
} from '../../../src/adapters/kubernetes/lease-view.ts';
import type { WorkloadHold } from '../../../src/domain/workload/workload-facts.ts';

const madeAtMs = Date.UTC(2026, 4, 3, 14, 0, 0);
const mark = { version: 1, lease: 'inpod-abcde', holder: 'ann@laptop', replicas: 2 } as const;
const hold: WorkloadHold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] };
const spec = { name: 'inpod-abcde', sessionId: 'abcde', holder: 'ann@laptop', durationSeconds: 30 };
/** As the API has it, when it took the writes at these times (RFC 3339). */
const asStored = (manifest: object, ...times: readonly string[]): LeaseObject => {
  const stored = structuredClone(manifest) as { metadata: Record<string, unknown> };
  const managedFields = times.map((time) => ({ manager: 'inpod', operation: 'Update', time }));
  Object.assign(stored.metadata, { resourceVersion: '17', creationTimestamp: '2026-05-03T14:00:00Z', managedFields });
  return stored;
};

describe('leaseFacts', () => {
  it('counts silence from the last write that the API took, by its own clock', () => {
    const lease = asStored(leaseManifest({ ...spec, hold }, 0), '2026-05-03T14:00:00Z', '2026-05-03T14:00:10Z');
    expect(leaseFacts(lease, madeAtMs + 45_000)).toEqual({
      holder: 'ann@laptop',
      claims: 0,
      silentMs: 35_000,
      durationMs: 30_000,
      version: '17',
      hold,
    });
  });

  it.each([
    ['a Date header that is a second behind', ['2026-05-03T14:00:10Z'], 9000, 0],
    ['no managed fields: since its creation', [], 20_000, 20_000],
  ])('%s', (_what, times, afterMs, silentMs) => {
    expect(leaseFacts(asStored(leaseManifest(spec, 0), ...times), madeAtMs + afterMs)).toMatchObject({ silentMs, hold: undefined });
  });

  it('gives nothing back by what it can’t read', () => {
    const lease = asStored(leaseManifest(spec, 0));
    if (lease.metadata) lease.metadata.annotations = { 'inpod.dev/hold': '{' };
    expect(leaseFacts(lease, madeAtMs).hold).toBeUndefined();
  });
});

describe('a word for a session', () => {
  const notice = { leaseName: 'inpod-abcde', by: 'bob@desk (pid 7)', atWallMs: madeAtMs, detail: 'gave deployment/web its replica back' };

  it('is read as it was left', () => {
    expect(noticeOf('inpod-abcde', asStored(noticeManifest(notice)))).toEqual(notice);
  });

  it('is for a day', () => {
    const stored = asStored(noticeManifest(notice));
    expect([isStale(stored, madeAtMs + 86_400_000), isStale(stored, madeAtMs + 86_400_001)]).toEqual([false, true]);
  });
});
