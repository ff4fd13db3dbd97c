import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks, sessionProcesses } from './support/leak-check.ts';
import { runInpod, startInpod, type InpodResult } from './support/run-inpod.ts';
import { admin, makeObjects, newProcess, untilAnswers } from './support/swap-workloads.ts';

/** As a user makes it; `kubectl apply` is the test's. @returns where its key is found */
async function makeAgent(name: string, ...flags: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const printing = startInpod({ args: ['manifest', '--agent', name, ...flags] });
  const { code, stdout, stderr } = await printing.done;
  const keys = join(printing.state, 'inpod/agents');
  const [key = ''] = readdirSync(keys);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`opens the agent is in ${join(keys, key)}`)]);
  expect(statSync(join(keys, key)).mode & 0o777).toBe(0o600);
  await makeObjects(parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject));
  return { XDG_STATE_HOME: printing.state };
}

/** All that a session might make, or change. */
async function objectsOf(namespace: string): Promise<readonly string[]> {
  const { core } = admin();
  const lists = await Promise.all([core.listNamespacedPod({ namespace }), core.listNamespacedSecret({ namespace }), core.listNamespacedService({ namespace })]); // prettier-ignore
  return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata?.name}`)).toSorted();
}

const at = (name: string, ...command: readonly string[]): string[] => ['run', '--agent', name, '--', ...command];

describeE2e('a standing agent', () => {
  checkLeaks();

  it('is used by several sessions at once, which change nothing in the cluster, and stays', async () => {
    const env = await makeAgent('dev', '--expose', '8080');
    // Its pod is on its way up.
    const server = startInpod({ args: ['run', '--agent', 'dev', '--expose', '8080', '--', ...newProcess()], env });
    await server.shows(/port 8080 of your command is on/);
    const before = await objectsOf('default');
    await untilAnswers('dev:8080', /^new/);
    expectRun(await runInpod({ args: at('dev', 'curl', '-s', 'http://web'), env })).toMatchObject({ code: 0, stdout: expect.stringContaining('web') as string });
    const host = await runInpod({ args: at('dev', 'hostname'), env });
    const [pod = ''] = await admin().podNames('default', 'inpod.dev/agent=dev');
    expectRun(host).toMatchObject({ code: 0, stdout: `${pod}\n` });
    expect(await objectsOf('default')).toEqual(before);
    server.kill('SIGTERM');
    expectRun(await server.done).toMatchObject({ code: 143 });
    expect(await objectsOf('default')).toEqual(before);
  }); // prettier-ignore

  it('leaves nothing to give back after SIGKILL, and is there for the next session', async () => {
    const env = await makeAgent('survivor');
    const killed = startInpod({ args: at('survivor', 'sleep', '600'), env });
    await killed.shows(/running sleep/);
    const pid = Number(sessionProcesses().find((line) => line.includes('dist/inpod.js'))?.split(' ')[0]); // prettier-ignore
    process.kill(pid, 'SIGKILL');
    await killed.done;
    await eventually('its processes', async () => expect(sessionProcesses()).toEqual([]));
    expectRun(await runInpod({ args: at('survivor', 'true'), env })).toMatchObject({ code: 0 });
    const restored = await runInpod({ args: ['restore'], env });
    expectRun(restored).toMatchObject({ code: 0 });
  });

  it('ends a session by a word when its pod goes', async () => {
    const env = await makeAgent('mortal');
    const session = startInpod({ args: at('mortal', 'sleep', '600'), env });
    await session.shows(/running sleep/);
    const [pod = ''] = await admin().podNames('default', 'inpod.dev/agent=mortal');
    await admin().core.deleteNamespacedPod({ name: pod, namespace: 'default' });
    const { code, stderr } = await session.done;
    expect([code, stderr]).toEqual([125, expect.stringContaining(pod)]);
  });

  it('is told by plan, which changes nothing', async () => {
    const env = await makeAgent('planned');
    const { code, stdout } = await runInpod({ args: ['plan', '--agent', 'planned'], env });
    const [pod = ''] = await admin().podNames('default', 'inpod.dev/agent=planned');
    expect([code, stdout]).toEqual([0, expect.stringContaining(pod)]);
    expect(stdout).not.toContain('Lease');
  });

  describe('is refused with what to do', () => {
    const refused = ({ code, stderr }: InpodResult, message: RegExp): void =>
      expect([code, stderr]).toEqual([125, expect.stringMatching(message)]);

    it('where its key is not here, or the user may not reach it', async () => {
      const env = await makeAgent('keyless');
      refused(await runInpod({ args: at('keyless', 'true') }), /no key of the agent .*agents\/\w{5}\.json: ENOENT[^]*hint: copy that file/);
      refused(await runInpod({ args: at('keyless', 'true'), env, user: 'viewer' }), /get pods\/portforward: to reach the agent/);
    });

    it('where there is none, or something else of that name', async () => {
      refused(await runInpod({ args: at('nowhere', 'true') }), /no agent nowhere in the namespace default[^]*hint: .*inpod manifest --agent nowhere -n default \| kubectl apply --server-side -f -/);
      refused(await runInpod({ args: at('web', 'true') }), /deployment\/web is no agent of inpod[^]*hint: .*--swap web/);
      refused(await runInpod({ args: ['run', '--agent', 'nobody', '--swap', 'web', '--', 'true'] }), /--swap and --agent/);
    }); // prettier-ignore
  });
});
