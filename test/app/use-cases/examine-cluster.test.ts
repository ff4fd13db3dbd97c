import { beforeEach, describe, expect, it } from 'vitest';
import { examineCluster, type ClusterQuestions } from '../../../src/app/use-cases/examine-cluster.ts';
import { examineSessions } from '../../../src/app/use-cases/examine-sessions.ts';
import { ClusterError, HostError, type ClusterCode } from '../../../src/domain/errors.ts';
import { journalCluster } from '../../builders/session-builders.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { MemoryCluster, type MemoryCall } from '../../fakes/memory-cluster.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';

const never = new AbortController().signal;

describe('examineCluster', () => {
  let cluster: MemoryCluster;
  let questions: ClusterQuestions;
  beforeEach(() => {
    cluster = new MemoryCluster();
    questions = {
      locate: () => Promise.resolve(cluster),
      isProtected: () => false,
      image: 'node:24-slim',
      serviceAccount: undefined,
      inbound: { expose: [], toPod: [], fromPod: [], fromHost: [], publish: true },
      loadAgentProgram: () => Promise.resolve('agent'),
    };
  });

  const verdicts = async (): Promise<readonly string[]> =>
    (await examineCluster(questions, never)).map(({ check, verdict }) => `${check} ${verdict}`);
  const failAt = (failing: MemoryCall, code: ClusterCode): void => {
    cluster.script = (call) => {
      if (call === failing) throw new ClusterError({ code, message: 'refused', hint: 'ask' });
    };
  };

  it('says that runs need --yes where the user protects the context, and asks all the same', async () => {
    questions = { ...questions, isProtected: (context) => context === cluster.identity.context };
    await expect(verdicts()).resolves.toEqual(['kubeconfig fine', 'protected notice', 'api fine', 'rights fine', 'pod fine']);
  });

  it('asks in order, makes nothing, and closes', async () => {
    await expect(verdicts()).resolves.toEqual(['kubeconfig fine', 'api fine', 'rights fine', 'pod fine']);
    expect(cluster.calls.toSorted()).toEqual(['dryRunAgentPod inpod-doctor', 'missingRights', 'requireNamespace']);
    expect([cluster.pods.size, cluster.leases.size, cluster.closeCount]).toEqual([0, 0, 1]);
  });

  it('takes a missing cluster for a finding', async () => {
    const error = new ClusterError({ code: 'KUBECONFIG_INVALID', message: 'no kubeconfig was found', hint: 'name one' });
    questions = { ...questions, locate: () => Promise.reject(error) };
    await expect(examineCluster(questions, never)).resolves.toEqual([
      {
        area: 'cluster',
        check: 'kubeconfig',
        verdict: 'problem',
        summary: 'no kubeconfig was found (KUBECONFIG_INVALID)',
        fix: 'name one',
      },
    ]);
  });

  it.each<[MemoryCall, ClusterCode, readonly string[]]>([
    ['missingRights', 'API_UNREACHABLE', ['kubeconfig fine', 'api problem']],
    ['missingRights', 'UNAUTHORIZED', ['kubeconfig fine', 'api problem']],
    ['requireNamespace', 'NAMESPACE_NOT_FOUND', ['kubeconfig fine', 'api fine', 'namespace problem']],
    ['dryRunAgentPod', 'ADMISSION_REJECTED', ['kubeconfig fine', 'api fine', 'rights fine', 'pod problem']],
  ])('%s: %s', async (call, code, expected) => {
    failAt(call, code);
    await expect(verdicts()).resolves.toEqual(expected);
    expect(cluster.closeCount).toBe(1);
  });

  it('names each missing right and what for, and blames nothing that follows from it', async () => {
    cluster.lacks = ({ verb, resource }) => verb === 'create' && (resource === 'pods' || resource === 'services');
    const [, , rights, ...rest] = await examineCluster(questions, never);
    expect(rights).toMatchObject({ check: 'rights', verdict: 'problem', fix: expect.stringContaining('edit') });
    expect(rights?.summary).toBe('user ann is not allowed in namespace default:\n  create pods: to run the agent pod');
    expect(rest).toEqual([]);
  });

  it('only notes what --expose would need', async () => {
    cluster.lacks = ({ resource }) => resource === 'services';
    await expect(verdicts()).resolves.toEqual(['kubeconfig fine', 'api fine', 'rights notice', 'pod fine']);
    questions = { ...questions, inbound: { ...questions.inbound, expose: [{ localPort: 80, podPort: 80 }] } };
    await expect(verdicts()).resolves.toEqual(['kubeconfig fine', 'api fine', 'rights problem']);
  });

  it('says that the agent is not built', async () => {
    const error = new HostError({ code: 'BINARY_MISSING', message: 'no agent' });
    questions = { ...questions, loadAgentProgram: () => Promise.reject(error) };
    expect((await examineCluster(questions, never)).at(-1)).toMatchObject({ check: 'pod', verdict: 'problem' });
  });
});

describe('examineSessions', () => {
  const [journals, processes] = [new MemoryJournal(), new FakeProcesses()];
  const opened = (sessionId: string, pid: number): void =>
    journals.put(sessionId, [
      { kind: 'session-opened', sessionId, cluster: journalCluster(), owner: { ...processes.owner, pid }, wallMs: 1 },
      { kind: 'lease-intended', name: `inpod-${sessionId}` },
    ]);

  it('only says which sessions died', async () => {
    const parts = { journals, processes, clock: new FakeClock() };
    processes.alive.add(7);
    opened('alive', 7);
    await expect(examineSessions(parts)).resolves.toMatchObject([{ verdict: 'fine' }]);
    opened('abcde', 8);
    await expect(examineSessions(parts)).resolves.toMatchObject([{ verdict: 'notice', summary: 'a session of this machine died: abcde' }]);
    expect([journals.texts.size, journals.discards]).toEqual([2, 0]);
  });
});
