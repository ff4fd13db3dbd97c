import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod } from './support/run-inpod.ts';
import { swapObjects, type SwapObject } from './support/swap-objects.ts';
import {
  admin,
  asItWas,
  makeObjects,
  makeWorkload,
  read,
  removing,
  replicasOf,
  swap,
  taken,
  untilAnswers,
} from './support/swap-workloads.ts';

/** Of namespace `default`, or another. */
function objectOf(apiVersion: string, kind: string, name: string, spec: object, namespace = 'default'): KubernetesObject {
  const object = { apiVersion, kind, metadata: { name, namespace }, spec };
  return object;
}

/** An autoscaler that has no metrics: it keeps what there is within its limits. */
const autoscaler = (name: string): KubernetesObject => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  return objectOf('autoscaling/v2', 'HorizontalPodAutoscaler', name, { scaleTargetRef, minReplicas: 1, maxReplicas: 3 });
};

const budget = (name: string): KubernetesObject =>
  objectOf('policy/v1', 'PodDisruptionBudget', name, { minAvailable: '50%', selector: { matchLabels: { app: name } } });

const quota = (namespace: string, pods: number): KubernetesObject =>
  objectOf('v1', 'ResourceQuota', 'pods', { hard: { pods: String(pods) } }, namespace);

/** Quotas among them count from the moment on in which their controller has seen them. */
async function applyCounted(objects: readonly KubernetesObject[]): Promise<void> {
  await admin().applyAll(objects);
  for (const object of objects.filter(({ kind }) => kind === 'ResourceQuota'))
    await eventually('a quota that counts', async () => expect(await admin().readObject(object)).toHaveProperty('status.hard.pods'));
}

/** A volume of one node, and the claim that has it. */
function nodeVolume(name: string): readonly KubernetesObject[] {
  const shape = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { ...shape, capacity: { storage: '1Mi' }, hostPath: { path: `/tmp/${name}`, type: 'DirectoryOrCreate' } },
  };
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { ...shape, volumeName: name, resources: { requests: { storage: '1Mi' } } },
  };
  return [volume, claim];
}

const asSidecar = (more: object): readonly object[] => [
  {
    name: 'sidecar',
    image: 'node:24-slim',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', 'setInterval(() => 0, 1000)'],
    ...more,
  },
];

/** In a namespace that the test made. */
const inNamespace = (namespace: string, object: SwapObject): readonly KubernetesObject[] =>
  swapObjects(object).map((one) => Object.assign({}, one, { metadata: Object.assign({}, one.metadata, { namespace }) }));

describeE2e('swap of a workload', () => {
  checkLeaks();

  describe('with something beside it that counts its pods', () => {
    it.each([
      ['an autoscaler', 'scaled-by-hpa', autoscaler],
      ['a disruption budget', 'budgeted', budget],
    ])('%s, is as it was afterwards', async (_what, name, beside) => {
      await makeWorkload({ name });
      await makeObjects([beside(name)]);
      const before = asItWas(await read(name));
      const session = await taken(name);
      expect(await replicasOf(name)).toBe(0);
      session.kill('SIGTERM');
      expectRun(await session.done).toMatchObject({ code: 143 });
      await eventually('as it was', async () => expect(asItWas(await read(name))).toEqual(before));
    });
  });

  it('that was at zero serves by the command, and is at zero afterwards', async () => {
    await makeWorkload({ name: 'asleep', replicas: 0 });
    const before = asItWas(await read('asleep'));
    const session = await taken('asleep');
    await untilAnswers('asleep', /^new blue/);
    session.kill('SIGTERM');
    expectRun(await session.done).toMatchObject({ code: 143 });
    expect(asItWas(await read('asleep'))).toEqual(before);
  });

  it('that is rolling out is refused until it is done', async () => {
    await makeWorkload({ name: 'rolling', replicas: 1 });
    await admin().applyAll(swapObjects({ name: 'rolling', replicas: 1, podSpec: { nodeSelector: { no: 'such' } } }));
    const { code, stderr } = await runInpod(swap('rolling', ['true']));
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/deployment\/rolling is rolling out[^]*hint: .*kubectl rollout status deployment\/rolling/),
    ]);
  });

  it('that is applied again meanwhile, as GitOps does, has what was applied, and no conflict the next time', async () => {
    const object = { name: 'reapplied', replicas: 1 };
    await makeWorkload(object);
    const before = asItWas(await read('reapplied'));
    const session = await taken('reapplied');
    await admin().applyAll(swapObjects(object));
    expect(await replicasOf('reapplied')).toBe(1);
    await session.shows(/deployment\/reapplied was scaled up again by inpod-e2e: its pods serve beside your command/);
    session.kill('SIGTERM');
    const result = await session.done;
    expectRun(result).toMatchObject({ code: 143 });
    expect(result.stderr).toContain('deployment/reapplied was scaled by somebody else, and is left so');
    expect(asItWas(await read('reapplied'))).toEqual(before);
  });

  describe('that can’t stand beside its successor goes first, which is said', () => {
    it.each<[string, string, Partial<SwapObject>, RegExp]>([
      ['a port of its node', 'on-node', { sidecars: asSidecar({ ports: [{ containerPort: 7071, hostPort: 7071 }] }) }, /it takes port 7071 of its node/],
      ['a volume of one node', 'on-volume', { podSpec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'on-volume' } }] }, sidecars: asSidecar({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }) }, /the volume claim on-volume can be mounted on one node only/],
    ])('%s', async (_what, name, object, reason) => {
      await makeObjects(nodeVolume(name));
      await makeWorkload({ name, replicas: 1, ...object });
      const before = asItWas(await read(name));
      const result = await runInpod(swap(name, ['true']));
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stderr).toMatch(new RegExp(`deployment/${name} goes before your command comes \\(.*${reason.source}.*\\): nobody serves in between`));
      expect(asItWas(await read(name))).toEqual(before);
    }); // prettier-ignore
  });

  describe('whose namespace doesn’t let its successor in is refused before anything is changed', () => {
    it.each<[string, string, Readonly<Record<string, string>>, readonly KubernetesObject[], RegExp]>([
      ['by a quota', 'inpod-e2e-tight', {}, [quota('inpod-e2e-tight', 0)], /QUOTA_EXCEEDED[^]*hint: .*kubectl describe quota -n inpod-e2e-tight/],
      ['by Pod Security', 'inpod-e2e-strict', { 'pod-security.kubernetes.io/enforce': 'restricted' }, [], /ADMISSION_REJECTED[^]*hint: .*Pod Security/],
    ])('%s', async (_what, namespace, labels, objects, message) => {
      removing.push(await admin().makeNamespace(namespace, { ...labels }));
      await applyCounted([...objects, ...inNamespace(namespace, { name: 'kept-out', replicas: 0 })]);
      const { code, stderr } = await runInpod({ args: ['run', '-n', namespace, '--swap', 'kept-out', '--', 'true'] });
      expect([code, stderr]).toEqual([125, expect.stringMatching(message)]);
      const left = await admin().readObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'kept-out', namespace } });
      expect(left.metadata?.annotations?.['inpod.dev/session']).toBeUndefined();
    }); // prettier-ignore
  });

  it('whose namespace has no quota for one pod more goes first, which is said', async () => {
    const [namespace, name] = ['inpod-e2e-exact', 'exact'];
    removing.push(await admin().makeNamespace(namespace));
    await applyCounted([quota(namespace, 1), ...inNamespace(namespace, { name, replicas: 1 })]);
    await admin().waitForDeployment(namespace, name);
    const result = await runInpod({ args: ['run', '-n', namespace, '--swap', name, '--', 'true'] });
    expectRun(result).toMatchObject({ code: 0 });
    expect(result.stderr).toMatch(
      /deployment\/exact goes before your command comes \(the namespace's quota has no room for one pod more\)/,
    );
    await admin().waitForDeployment(namespace, name);
  });

  describe('whose successor somebody else ends', () => {
    it.each([
      ['by deleting it', 'pod-deleted', (pod: string) => admin().core.deleteNamespacedPod({ namespace: 'default', name: pod })],
      ['by evicting it, as a drained node does', 'pod-evicted', (pod: string) =>
        admin().core.createNamespacedPodEviction({ namespace: 'default', name: pod, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: 'default' } } })],
    ])('%s, has its place again, and the session ends with a word', async (_what, name, end) => {
      await makeWorkload({ name, replicas: 1 });
      const before = asItWas(await read(name));
      const session = await taken(name);
      const pods = await admin().podNames('default', `app=${name},inpod.dev/role=agent`);
      await end(pods[0] ?? '');
      const result = await session.done;
      expectRun(result).toMatchObject({ code: 125 });
      expect(result.stderr).toMatch(/the pod \S+ is gone/);
      expect(asItWas(await read(name))).toEqual(before);
    }); // prettier-ignore
  });

  it('whose init container fails is given back, and told why', async () => {
    const initContainers = [{ name: 'migrate', image: 'node:24-slim', imagePullPolicy: 'IfNotPresent', command: ['node', '-e', 'console.log("no such table"); process.exit(3)'] }]; // prettier-ignore
    await makeWorkload({ name: 'initial-fails', replicas: 0, podSpec: { initContainers } });
    const before = asItWas(await read('initial-fails'));
    const { code, stderr } = await runInpod(swap('initial-fails', ['true']));
    expect([code, stderr]).toEqual([125, expect.stringMatching(/migrate[^]*--skip-init migrate/)]);
    expect(asItWas(await read('initial-fails'))).toEqual(before);
  });
});
