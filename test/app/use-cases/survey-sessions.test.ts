import { beforeEach, describe, expect, it } from 'vitest';
import { joinSessions, surveySessions, type SurveyParts } from '../../../src/app/use-cases/survey-sessions.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { SurveyedLease, SurveyedPod } from '../../../src/domain/ports/cluster/session-survey.ts';
import { formatJournalLine, type JournalEntry } from '../../../src/domain/session/undo-journal.ts';
import { journalCluster } from '../../builders/session-builders.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';

const never = new AbortController().signal;

describe('surveySessions', () => {
  let cluster: MemoryCluster;
  let journals: MemoryJournal;
  let processes: FakeProcesses;
  let clock: FakeClock;
  let parts: SurveyParts;

  beforeEach(() => {
    [cluster, journals, processes, clock] = [new MemoryCluster(), new MemoryJournal(), new FakeProcesses(), new FakeClock()];
    cluster.wallMs = clock.wallMs() - 1000;
    parts = { journals, processes, clock, locate: () => Promise.resolve(cluster) };
  });

  const opened = (sessionId: string, pid: number, ageMs: number): JournalEntry => {
    const { server, kubeNamespace } = cluster.identity;
    const owner = { ...processes.owner, pid };
    return { kind: 'session-opened', sessionId, cluster: journalCluster({ server, kubeNamespace }), owner, wallMs: clock.wallMs() - ageMs };
  };
  const makeSession = async (sessionId: string): Promise<void> => {
    const owner = await cluster.createLease({ name: `inpod-${sessionId}`, sessionId, holder: 'ann@laptop', durationSeconds: 30 }, never);
    const payload = { agentProgram: '', agentPrivateKey: '', clientPublicKey: '' };
    await cluster.createAgentPod({ podName: `pod-${sessionId}`, sessionId, image: 'i', owner, ports: [], payload }, () => undefined, never);
  };

  it('tells the living from the dead, oldest first, with their pods where the cluster has them', async () => {
    processes.alive.add(7);
    journals.put('alive', [opened('alive', 7, 1000)]);
    journals.put('abcde', [opened('abcde', 8, 5000), { kind: 'lease-intended', name: 'inpod-abcde' }]);
    await makeSession('alive');
    const { local } = await surveySessions(parts, never);
    expect(local).toMatchObject([
      { sessionId: 'abcde', state: 'dead', pid: 8, ageMs: 5000, podName: undefined },
      { sessionId: 'alive', state: 'running', pid: 7, context: 'test', kubeNamespace: 'default', podName: 'pod-alive' },
    ]);
    expect([journals.discards, cluster.closeCount]).toEqual([0, 1]);
  });

  it('gives no pod of another cluster to a session', async () => {
    journals.put('abcde', [opened('abcde', 8, 1)]);
    await makeSession('abcde');
    cluster.identity = { ...cluster.identity, server: 'https://other.example' };
    expect((await surveySessions(parts, never)).local).toMatchObject([{ sessionId: 'abcde', podName: undefined }]);
  });

  it('names a session whose journal is torn', async () => {
    journals.texts.set('abcde', formatJournalLine(0, opened('abcde', 1, 1)).slice(0, 30));
    expect((await surveySessions(parts, never)).local).toEqual([{ sessionId: 'abcde', state: 'dead', podName: undefined }]);
  });

  it('says what may not be listed, and goes on with the rest', async () => {
    await makeSession('abcde');
    cluster.unreadable = ['leases'];
    const { cluster: found } = await surveySessions(parts, never);
    expect(found).toMatchObject({ unreadable: ['leases'], sessions: [{ sessionId: 'abcde', podName: 'pod-abcde' }] });
  });

  it('has the sessions of this machine where the cluster is away, and no bug for an answer', async () => {
    journals.put('abcde', [opened('abcde', 8, 1)]);
    const error = new ClusterError({ code: 'API_UNREACHABLE', message: 'away' });
    parts = { ...parts, locate: () => Promise.reject(error) };
    await expect(surveySessions(parts, never)).resolves.toMatchObject({ local: [{ sessionId: 'abcde' }], cluster: { error } });
    parts = { ...parts, locate: () => Promise.reject(new TypeError('bug')) };
    await expect(surveySessions(parts, never)).rejects.toThrow('bug');
  });
});

describe('joinSessions', () => {
  const now = 1_000_000;
  const lease = (changes: Partial<SurveyedLease>): SurveyedLease => ({
    sessionId: 'a', holder: 'ann@laptop', renewedWallMs: now - 5000, durationSeconds: 30, createdWallMs: now - 60_000, ...changes,
  }); // prettier-ignore
  const pod = (changes: Partial<SurveyedPod>): SurveyedPod => ({
    sessionId: 'a', name: 'pod', phase: 'Running', createdWallMs: now - 59_000, ...changes,
  }); // prettier-ignore

  it.each<[string, readonly SurveyedLease[], readonly SurveyedPod[], object[]]>([
    ['nothing', [], [], []],
    ['a session', [lease({})], [pod({})], [{ sessionId: 'a', holder: 'ann@laptop', silentMs: undefined, podName: 'pod', podPhase: 'Running', ageMs: 60_000 }]],
    ['only a Lease', [lease({})], [], [{ podName: undefined, ageMs: 60_000 }]],
    ['only a pod', [], [pod({})], [{ podName: 'pod', ageMs: 59_000 }]],
    ['a pod that nobody may evict', [], [pod({ budgets: ['web'] })], [{ podName: 'pod', budgets: ['web'] }]],
    ['silence', [lease({ renewedWallMs: now - 31_000 })], [], [{ silentMs: 31_000 }]],
    ['a Lease that was never renewed', [lease({ renewedWallMs: Number.NaN })], [], [{ silentMs: undefined }]],
    ['a clock that is behind', [lease({ createdWallMs: now + 5000 })], [], [{ ageMs: 0 }]],
    ['several, oldest first', [lease({ createdWallMs: now }), lease({ sessionId: 'b' })], [], [{ sessionId: 'b' }, { sessionId: 'a' }]],
  ])('%s', (_, leases, pods, rows) => {
    expect(joinSessions({ leases, pods, unreadable: [] }, now)).toMatchObject(rows);
  }); // prettier-ignore
});
