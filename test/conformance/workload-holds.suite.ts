import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterError } from '../../src/domain/errors.ts';
import type { Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import type { WorkloadFacts, WorkloadHold } from '../../src/domain/workload/workload-facts.ts';

/** What workloads must provide to be tested. */
export interface WorkloadHarness {
  setUp(): Promise<Workloads>;
  tearDown(): Promise<void>;
  /** Makes a Deployment of two replicas that nobody holds; its pods are ready, listen on port 8080, and have a Service of its name. */
  makeDeployment(name: string): Promise<void>;
  removeDeployment(name: string): Promise<void>;
  /** As somebody else would. */
  scale(name: string, replicas: number): Promise<void>;
}

/** Owner of orphans, of which these tests make none. */
const nobody = { name: 'inpod-nobody', uid: '00000000-0000-0000-0000-000000000000' };

/** What every implementation of {@link Workloads} keeps of marks and replicas, whatever becomes of pods. */
export function describeWorkloadHolds(suite: string, harness: WorkloadHarness): void {
  describe(`${suite} as Workloads that are held`, () => {
    let workloads: Workloads;
    beforeAll(async () => {
      workloads = await harness.setUp();
    });
    afterAll(() => harness.tearDown());

    const using = async (name: string, test: (facts: WorkloadFacts) => Promise<void>): Promise<void> => {
      await harness.makeDeployment(name);
      try {
        await test(await workloads.readWorkload({ kind: 'Deployment', name }, never()));
      } finally {
        await harness.removeDeployment(name);
      }
    };
    const read = (name: string): Promise<WorkloadFacts> => workloads.readWorkload({ kind: 'Deployment', name }, never());

    it('says what a Deployment is', () =>
      using('described', async (facts) => {
        expect(facts).toMatchObject({ kind: 'Deployment', name: 'described', replicas: 2, isEnding: false, isRollingOut: false });
        expect(facts).toMatchObject({ containers: [{ tcpPorts: [8080] }], exclusive: [], obstacles: [] });
        expect([facts.heldBy, facts.owner]).toEqual([undefined, undefined]);
      }));

    it('says by name what is not there', async () => {
      const error = await failureOf(read('nowhere'));
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'there is no deployment/nowhere in the namespace' });
      expect(error.hint).not.toBe('');
    });

    it('is marked by one session, as often as that likes, and by no other', () =>
      using('marked', async (facts) => {
        const hold = holdOf(facts, 'first');
        await workloads.markWorkload(hold, never());
        await workloads.markWorkload(hold, never());
        expect((await read('marked')).heldBy).toEqual(hold.mark);
        const error = await failureOf(workloads.markWorkload(holdOf(facts, 'other'), never()));
        expect(error).toMatchObject({ code: 'WORKLOAD_TAKEN', message: expect.stringContaining('ann@laptop (session first)') as string });
      }));

    it('has one winner of many who mark it at once', () =>
      using('wanted', async (facts) => {
        const sessions = ['aaaaa', 'bbbbb', 'ccccc', 'ddddd'];
        const outcomes = await Promise.allSettled(sessions.map((id) => workloads.markWorkload(holdOf(facts, id), never())));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }));

    it('is not marked with replicas that it has no more', () =>
      using('moved', async (facts) => {
        await harness.scale('moved', 1);
        expect(await codeOf(workloads.markWorkload(holdOf(facts, 'abcde'), never()))).toBe('CONFLICT');
        expect((await read('moved')).heldBy).toBeUndefined();
      }));

    it('is scaled down, and given back as it was, as often as one likes', () =>
      using('returned', async (facts) => {
        const hold = holdOf(facts, 'abcde');
        await workloads.markWorkload(hold, never());
        for (let time = 0; time < 2; time++) await workloads.scaleDown(hold, 'at-once', nobody, never());
        await workloads.untilScaledDown(hold, never());
        expect(await read('returned')).toMatchObject({ replicas: 0, heldBy: hold.mark });
        expect(await workloads.giveBackWorkload(hold, never())).toBe('restored');
        expect(await workloads.giveBackWorkload(hold, never())).toBe('left-alone');
        await expect.poll(async () => ({ ...(await read('returned')), isRollingOut: false })).toEqual(facts);
      }));

    it('is only unmarked where it was never scaled down', () =>
      using('untouched', async (facts) => {
        const hold = holdOf(facts, 'abcde');
        await workloads.markWorkload(hold, never());
        expect(await workloads.giveBackWorkload(hold, never())).toBe('unmarked');
        expect(await read('untouched')).toEqual(facts);
      }));

    it('keeps what somebody else scaled it to meanwhile', () =>
      using('scaled', async (facts) => {
        const hold = holdOf(facts, 'abcde');
        await workloads.markWorkload(hold, never());
        await workloads.scaleDown(hold, 'at-once', nobody, never());
        await harness.scale('scaled', 1);
        expect(await codeOf(workloads.scaleDown(hold, 'at-once', nobody, never()))).toBe('CONFLICT');
        expect(await workloads.giveBackWorkload(hold, never())).toBe('unmarked');
        const { replicas, heldBy } = await read('scaled');
        expect([replicas, heldBy]).toEqual([1, undefined]);
      }));

    it('tells when somebody scales it up, and when it is gone', () =>
      using('meddled', async (facts) => {
        const hold = holdOf(facts, 'abcde');
        await workloads.markWorkload(hold, never());
        await workloads.scaleDown(hold, 'at-once', nobody, never());
        const watching = workloads.untilMeddled(hold, never());
        await harness.scale('meddled', 1);
        expect(await watching).toEqual({ did: 'scaled', by: expect.any(String) as string });
        expect(await workloads.untilMeddled({ ...hold, name: 'nowhere' }, never())).toEqual({ did: 'deleted' });
      }));

    it('is left alone where it is not ours, or gone', async () => {
      await using('lost', async (facts) => {
        await workloads.markWorkload(holdOf(facts, 'first'), never());
        const other = holdOf(facts, 'other');
        expect(await codeOf(workloads.scaleDown(other, 'at-once', nobody, never()))).toBe('CONFLICT');
        expect(await workloads.giveBackWorkload(other, never())).toBe('left-alone');
        expect(await read('lost')).toMatchObject({ replicas: 2, heldBy: { lease: 'inpod-first' } });
      });
      const mark = { version: 1, lease: 'inpod-first', holder: 'ann@laptop', replicas: 2 } as const;
      expect(await workloads.giveBackWorkload({ kind: 'Deployment', name: 'lost', mark, replicasOwners: [] }, never())).toBe('left-alone');
    });
  });
}

/** What a session writes down before it marks. */
export function holdOf({ kind, name, replicas, replicasOwners }: WorkloadFacts, sessionId: string): WorkloadHold {
  return { kind, name, mark: { version: 1, lease: `inpod-${sessionId}`, holder: 'ann@laptop', replicas }, replicasOwners };
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function failureOf(work: Promise<unknown>): Promise<ClusterError> {
  return work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ClusterError,
  );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await failureOf(work)).code;
}
