import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentPodSpec, LeaseReference } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import type { Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import type { WorkloadFacts, WorkloadHold } from '../../src/domain/workload/workload-facts.ts';
import { holdOf, type WorkloadHarness } from './workload-holds.suite.ts';

/** What a cluster with workloads must provide. */
export interface PlaceHarness extends Omit<WorkloadHarness, 'setUp'> {
  setUp(): Promise<ClusterPort>;
  readonly image: string;
  /** Names of the pods whose label `app` is the workload's name, whoever made them. */
  podNames(workload: string): Promise<readonly string[]>;
  /** Names of the session's orphans. */
  orphanNames(sessionId: string): Promise<readonly string[]>;
}

/** Listens like an agent; says that it serves when its client sends `serve`. Where its files are it is told as the agent is. */
const agentProgram = `const { writeFileSync } = require('fs');
const fileOf = (name) => process.env['INPOD_AGENT_' + name.toUpperCase()] ?? '/inpod/run/' + name;
require('net').createServer((socket) => {
  socket.write('hello');
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => String(chunk) === 'serve' && writeFileSync(fileOf('serving'), ''));
}).listen(61022, '127.0.0.1', () => writeFileSync(fileOf('listening'), ''));`;

const payload = { agentProgram, agentPrivateKey: 'private key', clientPublicKey: 'public key' };
let count = 0;

/** What every {@link ClusterPort} with workloads keeps of a place that is taken: who serves when. */
export function describeWorkloadPlaces(suite: string, harness: PlaceHarness): void {
  describe(`${suite} as a ClusterPort with places to take`, () => {
    let cluster: ClusterPort;
    let workloads: Workloads;
    let workload: string;
    let sessionId: string;
    let owner: LeaseReference;
    let facts: WorkloadFacts;
    let hold: WorkloadHold;

    beforeAll(async () => {
      cluster = await harness.setUp();
      if (!cluster.workloads) throw new Error('it has no workloads');
      workloads = cluster.workloads;
    });
    afterAll(async () => {
      await cluster.close();
      await harness.tearDown();
    });
    beforeEach(async () => {
      count += 1;
      workload = `place-${count}`;
      sessionId = `p${process.pid.toString(36).slice(-2).padStart(2, '0')}${count.toString(36).padStart(2, '0')}`;
      await harness.makeDeployment(workload);
      facts = await workloads.readWorkload({ kind: 'Deployment', name: workload }, never());
      hold = holdOf(facts, sessionId);
      owner = await cluster.createLease({ name: `inpod-${sessionId}`, sessionId, holder: 'ann@laptop', durationSeconds: 30 }, never());
      await workloads.markWorkload(hold, never());
      return async () => {
        await workloads.giveBackWorkload(hold, never());
        await cluster.deleteLease(owner.name, never());
        await harness.removeDeployment(workload);
      };
    });

    const podSpec = (): AgentPodSpec => ({
      podName: `${workload}-inpod-${sessionId}`,
      sessionId,
      image: harness.image,
      owner,
      ports: [8080],
      template: { kind: 'Deployment', name: workload, container: facts.containers[0]?.name ?? '', as: 'successor', skipInit: [] },
      payload,
    });
    /** A pod that stands where the workload's do. */
    const stand = async (): Promise<{ podName: string; serve: () => Promise<void> }> => {
      const { owner: _owner, ...dry } = podSpec();
      await cluster.dryRunAgentPod(dry, never());
      await cluster.createAgentPod(podSpec(), () => undefined, never());
      const { podName } = podSpec();
      const serve = async (): Promise<void> => {
        const channel = await cluster.carrierTo(podName).dial(never());
        const nothing = (): void => undefined;
        channel.attach({ data: () => channel.write(Buffer.from('serve')), ended: nothing, drained: nothing, closed: nothing });
        await workloads.untilRouted(podName, never());
        channel.reset({ errno: 'ECONNRESET', message: 'it was told' });
      };
      return { podName, serve };
    };

    it('leads the Services to the pod that stands there once its agent says so, and only then', async () => {
      const { podName, serve } = await stand();
      const early = new AbortController();
      const routed = workloads.untilRouted(podName, early.signal).then(
        () => 'routed',
        () => 'not routed',
      );
      // The pod is there, and others serve: those that are awaited without it.
      expect(await workloads.untilServedWithout(podName, never())).toHaveLength(1);
      early.abort();
      expect(await routed).toBe('not routed');
      await serve();
      expect(await workloads.untilRouted(podName, never())).toEqual([workload]);
      expect(await harness.podNames(workload)).toHaveLength(3);
    }, 90_000);

    it('moves the pods out of the Services before it is at 0, and brings new ones back', async () => {
      const { podName, serve } = await stand();
      const before = await harness.podNames(workload);
      await serve();
      await workloads.scaleDown(hold, 'serving-on', owner, never());
      await expect.poll(() => harness.podNames(workload), { timeout: 30_000 }).toEqual([podName]);
      const orphans = await harness.orphanNames(sessionId);
      expect([...orphans, podName].toSorted()).toEqual(before.toSorted());
      await workloads.endOrphans(sessionId, never());
      await workloads.endOrphans(sessionId, never());
      await expect.poll(() => harness.orphanNames(sessionId), { timeout: 30_000 }).toEqual([]);
      await workloads.untilScaledDown(hold, never());

      const served = workloads.untilServedWithout(podName, never());
      expect(await workloads.giveBackWorkload(hold, never())).toBe('restored');
      expect(await served).toHaveLength(1);
      await workloads.withdrawPod(podName, never());
      expect(await workloads.untilRouted(podName, never())).toEqual([]);
      expect(await workloads.untilServedWithout(podName, never())).toEqual([]);
    }, 90_000);

    it('takes orphans along when the Lease goes', async () => {
      const { serve } = await stand();
      await serve();
      await workloads.scaleDown(hold, 'serving-on', owner, never());
      expect(await harness.orphanNames(sessionId)).toHaveLength(2);
      await cluster.deleteLease(owner.name, never());
      await expect.poll(() => harness.orphanNames(sessionId), { timeout: 30_000 }).toEqual([]);
    }, 90_000);

    it('is waited for until the last pod of it is gone', async () => {
      await workloads.scaleDown(hold, 'at-once', owner, never());
      await workloads.untilScaledDown(hold, never());
      expect(await harness.podNames(workload)).toEqual([]);
    }, 60_000);

    it('has no pod to route, or to withdraw, where that is gone', async () => {
      const code = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: { code: string }) => error.code);
      expect(await code(workloads.untilRouted('nowhere', never()))).toBe('NOT_FOUND');
      expect(await code(workloads.untilServedWithout('nowhere', never()))).toBe('NOT_FOUND');
      expect(await code(workloads.withdrawPod('nowhere', never()))).toBe('NOT_FOUND');
    });
  });
}

function never(): AbortSignal {
  return new AbortController().signal;
}
