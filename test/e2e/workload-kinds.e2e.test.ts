import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { CustomController } from './support/custom-controller.ts';
import { customObject, definitionOf, rightsOn, type CustomKind } from './support/custom-workloads.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';
import { swapObjects } from './support/swap-objects.ts';
import { admin, answerOf, makeObjects, removing, untilAnswers } from './support/swap-workloads.ts';

const server = `require('http').createServer((_, answer) => answer.end('new ' + process.env.COLOUR)).listen(8080)`;
const serve = ['--', process.execPath, '-e', server];

/** Without what each write moves. */
async function asItIs(object: KubernetesObject): Promise<object> {
  const { metadata, spec } = (await admin().readObject(object)) as KubernetesObject & { readonly spec: object };
  const { resourceVersion: _version, generation: _generation, managedFields, ...rest } = metadata ?? {};
  // Scaling by /scale makes a custom field nobody's: its next owner has no conflict.
  const owners = (managedFields ?? []).map(({ time: _time, ...owner }) => JSON.stringify(owner).replace('"f:size":{},', ''));
  return { metadata: rest, spec, owners };
}

/** A session has its place, and gives it back. */
async function expectSwapped(type: string, object: KubernetesObject): Promise<void> {
  const name = object.metadata?.name ?? '';
  await untilAnswers(name, /^old/);
  const before = await asItIs(object);
  const session = startInpod({ args: ['run', '--swap', `${type}/${name}`, ...serve] });
  await session.shows(/is at 0; what comes for \S+ goes to your command/);
  await untilAnswers(name, /^new blue\n$/);
  const status = await runInpod({ args: ['status'] });
  expect(status.stdout).toMatch(
    new RegExp(`in place of \\S+/${name}, which has 2 to get back  made .* ago, last sign of life [\\d.]+ m?s ago`),
  );
  session.kill('SIGTERM');
  const result = await session.done;
  expectRun(result).toMatchObject({ code: 143 });
  expect(await asItIs(object)).toEqual(before);
  expect(await answerOf(name)).toMatch(/^old/);
}

describeE2e('kinds of workload', () => {
  checkLeaks();

  describe('that the cluster has besides its own', () => {
    it.each<[string, string, CustomKind]>([
      ["shaped as OpenShift's DeploymentConfig", 'dc', { group: 'apps.openshift.io', version: 'v1', kind: 'DeploymentConfig', plural: 'deploymentconfigs', shortNames: ['dc'], replicasAt: 'replicas', plainSelector: true }],
      ["shaped as Argo's Rollout", 'rollouts.argoproj.io', { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts', shortNames: ['ro'], replicasAt: 'replicas', plainSelector: false }],
      ['whose replicas only /scale knows', 'fleet', { group: 'inpod.test', version: 'v1', kind: 'Fleet', plural: 'fleets', shortNames: [], replicasAt: 'size', plainSelector: false }],
    ])('%s need rights that `edit` lacks, and are swapped with them', async (_what, type, kind) => {
      await makeObjects([definitionOf(kind)]);
      const name = kind.plural;
      const [workload = {}, ...others] = swapObjects({ name, replicas: 2 });
      const object = customObject(kind, workload);
      // With its kind gone the cluster's garbage collector doesn't know whose its pods are.
      removing.push(() => admin().removePods('default', `app=${name}`));
      await eventually(`the kind ${kind.kind}`, () => makeObjects([object, ...others]));
      const controller = new CustomController(admin(), object);
      removing.push(() => controller.stop());
      const refused = await runInpod({ args: ['run', '--swap', `${type}/${name}`, '--', 'true'] });
      expect([refused.code, refused.stderr]).toEqual([
        125,
        expect.stringMatching(new RegExp(`get ${kind.plural}[.]${kind.group}: to read[^]*patch ${kind.plural}[^]*hint: .*"edit" doesn't cover`)),
      ]);
      await makeObjects([rightsOn(kind)]);
      await eventually('the rights', async () => {
        const planned = await runInpod({ args: ['plan', '--swap', `${type}/${name}`, '--', 'true'] });
        if (planned.code !== 0) throw new Error(planned.stdout);
      });
      await expectSwapped(type, object);
    }); // prettier-ignore
  });

  it('that a bare ReplicaSet is: it lets the session’s pod be', async () => {
    const [workload = {}, ...others] = swapObjects({ name: 'bare' });
    const object: KubernetesObject = { ...workload, kind: 'ReplicaSet' };
    await makeObjects([object, ...others]);
    await expectSwapped('rs', object);
  });

  it('with a budget that counts by controllers are refused where the pod needs another one', async () => {
    const [workload = {}] = swapObjects({ name: 'strict', replicas: 0 });
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'half', namespace: 'default' },
      spec: { minAvailable: '50%', selector: { matchLabels: { app: 'strict' } } },
    };
    await makeObjects([{ ...workload, kind: 'ReplicaSet' }, budget]);
    const { code, stderr } = await runInpod({ args: ['run', '--swap', 'rs/strict', '--', 'true'] });
    expect([code, stderr]).toEqual([125, expect.stringMatching(/its PodDisruptionBudget half counts by[^]*hint: run beside it: --copy/)]);
  });

  it("that somebody else's object owns lead to that one", async () => {
    await makeObjects(swapObjects({ name: 'owning', replicas: 0 }));
    const [owned = ''] = await eventually('its ReplicaSet', async () => {
      const names = await admin().namesOf('apps/v1', 'ReplicaSet', 'app=owning');
      expect(names).toHaveLength(1);
      return names;
    });
    const { code, stderr } = await runInpod({ args: ['run', '--swap', `rs/${owned}`, '--', 'true'] });
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/belongs to Deployment\/owning, which would scale it up again[^]*hint: .*--swap deployment\/owning/),
    ]);
  });

  it('that can’t be scaled can be copied', async () => {
    const [workload = {}, ...others] = swapObjects({ name: 'everywhere', spec: { replicas: undefined } });
    await makeObjects([{ ...workload, kind: 'DaemonSet' }, ...others]);
    const refused = await runInpod({ args: ['run', '--swap', 'ds/everywhere', '--', 'true'] });
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringMatching(/it has no replicas that can be scaled[^]*--copy daemonset\/everywhere/),
    ]);
    const copied = await runInpod({ args: ['run', '--copy', 'ds/everywhere', '--', 'sh', '-c', 'echo $COLOUR'] });
    expectRun(copied).toMatchObject({ code: 0, stdout: 'blue\n' });
  });

  it('that nobody knows are named as such', async () => {
    const { code, stderr } = await runInpod({ args: ['run', '--swap', 'rollercoaster/web', '--', 'true'] });
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/rollercoaster\/web: the cluster has no type "rollercoaster" of workloads[^]*hint: .*kubectl api-resources/),
    ]);
  });
});
