import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod, startInpod, type RunningInpod } from './support/run-inpod.ts';
import { admin, asItWas, makeObjects, makeWorkload, read, replicasOf, taken, untilAnswers } from './support/swap-workloads.ts';

/**
 * In the agent's container: processes that are each smaller than the agent, its process 1, so that the kernel chooses that one when there is no memory left.
 * It says so before.
 */
const takeAllMemory = `require('fs').writeFileSync('/proc/1/oom_score_adj', '1000');
console.log('it begins');
const hold = '(head -c 25000000 /dev/zero; sleep 100) | tail > /dev/null &';
require('child_process').spawn('sh', ['-c', hold.repeat(12) + ' wait']);`;

const fillItsDisk = `require('fs').writeFileSync('/tmp/full', Buffer.alloc(40_000_000, 1)); console.log('it is full');`;

const podOf = ({ stderr }: RunningInpod): string => /pod (\S+) after/.exec(stderr)?.[1] ?? '';

/** Its end may be the end of the pod, of which nobody else hears. */
async function inAgentOf(session: RunningInpod, program: string, container: string): Promise<void> {
  const pod = podOf(session);
  const ran = admin().runNodeIn('default', pod, program, container);
  await Promise.race([ran, session.done, session.shows(/lost the link/)]);
}

const budget = (name: string): KubernetesObject => {
  const object = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
  };
  return object;
};

const evict = (name: string): Promise<unknown> =>
  admin().core.createNamespacedPodEviction({
    namespace: 'default',
    name,
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } },
  });

describeE2e('the pod of a session', () => {
  checkLeaks();

  it('that runs out of memory ends the session, which says so', async () => {
    const session = startInpod({ args: ['run', '--', 'sh', '-c', 'echo ready; sleep 3141'] });
    await session.shows(/^ready$/m);
    await inAgentOf(session, takeAllMemory, 'agent');
    expectRun(await session.done).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/the pod \S+ is gone: the agent in it ended \(OOMKilled, exit code 137\)[^]*hint: .*limits\.memory/),
    });
  });

  describe('in place of a workload', () => {
    it('that runs out of memory is started again by its node, and has the place still', async () => {
      const name = 'short-of-memory';
      await makeWorkload({ name, replicas: 1, container: { resources: { requests: { memory: '16Mi' }, limits: { memory: '256Mi' } } } });
      const before = asItWas(await read(name));
      const session = await taken(name);
      await inAgentOf(session, takeAllMemory, 'main');
      await session.shows(/the link to the pod is back after/, 90_000);
      await untilAnswers(name, /^new/);
      expect(await replicasOf(name)).toBe(0);
      session.kill('SIGTERM');
      expectRun(await session.done).toMatchObject({ code: 143 });
      expect(asItWas(await read(name))).toEqual(before);
    });

    it('that its node evicts gives the place back, and says why', async () => {
      const name = 'short-of-disk';
      await makeWorkload({ name, replicas: 1, container: { resources: { limits: { 'ephemeral-storage': '4Mi' } } } });
      const before = asItWas(await read(name));
      const session = await taken(name);
      await inAgentOf(session, fillItsDisk, 'main');
      expectRun(await session.done).toMatchObject({
        code: 125,
        stderr: expect.stringMatching(/the pod \S+ is gone: its node ended it \(Evicted: .*\)[^]*hint: .*kubectl describe node/),
      });
      expect(asItWas(await read(name))).toEqual(before);
    });

    it('that a disruption budget keeps isn’t evicted, which status says; the place is kept', async () => {
      const name = 'kept';
      await makeObjects([budget(name)]);
      await makeWorkload({ name, replicas: 2 });
      const before = asItWas(await read(name));
      const session = await taken(name);
      const pod = podOf(session);
      await eventually('a budget that allows nothing', async () => expect((await runInpod({ args: ['status'] })).stdout).toContain(
        `pod ${pod} can't be evicted (disruption budget kept): a drain of its node waits for the end of the session`,
      )); // prettier-ignore
      await expect(evict(pod)).rejects.toMatchObject({ code: 429 });
      await untilAnswers(name, /^new/);
      session.kill('SIGTERM');
      expectRun(await session.done).toMatchObject({ code: 143 });
      expect(asItWas(await read(name))).toEqual(before);
    });
  });
});
