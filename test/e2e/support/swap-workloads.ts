import type { KubernetesObject, V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import { afterEach, expect, inject } from 'vitest';
import { ClusterAdmin } from './cluster-admin.ts';
import { eventually } from './eventually.ts';
import { startInpod, type InpodRun, type RunningInpod } from './run-inpod.ts';
import { swapObjects, type SwapObject } from './swap-objects.ts';

export const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

/** A process that answers `new` on the container's port, after so long. */
export const newProcess = (delayMs = 0): readonly string[] => [
  process.execPath,
  '-e',
  `setTimeout(() => require('http').createServer((_, answer) => answer.end('new ' + process.env.COLOUR + ' ' + require('os').hostname())).listen(8080), ${delayMs})`,
];

export const swap = (target: string, command: readonly string[], run: Partial<InpodRun> = {}): InpodRun => ({
  args: ['run', '--swap', target, '--', ...command],
  ...run,
});

/** What the test made, newest last. */
export const removing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of removing.splice(0).toReversed()) await remove();
});

/** Made now, and removed after the test. */
export async function makeObjects(objects: readonly KubernetesObject[]): Promise<void> {
  removing.push(() => admin().removeAll(objects));
  await admin().applyAll(objects);
}

/** Makes a workload and its Service, and waits until it serves. */
export async function makeWorkload(object: SwapObject, serves = true): Promise<void> {
  await makeObjects(swapObjects(object));
  if (!serves) return;
  await eventually(object.name, async () => {
    const { status, spec } = await admin().readWorkload(object.kind ?? 'Deployment', object.name);
    expect([status?.readyReplicas ?? 0, status?.observedGeneration]).toEqual([spec?.replicas, 1]);
  });
}

/** All that a session has to give back: without what each write moves, and what the controllers tell. */
export function asItWas({ metadata, spec }: V1Deployment | V1StatefulSet): object {
  const { resourceVersion: _version, generation: _generation, managedFields, ...rest } = metadata ?? {};
  const owners = (managedFields ?? [])
    .filter(({ subresource }) => subresource !== 'status')
    .map(({ time: _time, ...owner }) => owner)
    .toSorted((one, other) => String(one.manager).localeCompare(String(other.manager)));
  return { metadata: rest, spec, owners };
}

export const read = (name: string, kind: 'Deployment' | 'StatefulSet' = 'Deployment'): Promise<V1Deployment | V1StatefulSet> =>
  admin().readWorkload(kind, name);
export const replicasOf = async (name: string): Promise<number | undefined> => (await read(name)).spec?.replicas;

/** What a client in the cluster gets from a Service. */
export const answerOf = (service: string): Promise<string> =>
  admin().runNode('default', 'web', `fetch('http://${service}/').then((r) => r.text()).then(console.log)`);

/** Nodes follow the EndpointSlices by a second or two. */
export const untilAnswers = (service: string, expected: RegExp): Promise<void> =>
  eventually(`the answer of ${service}`, async () => expect(await answerOf(service)).toMatch(expected));

/** A session that has the place. */
export async function taken(name: string, run: Partial<InpodRun> = {}): Promise<RunningInpod> {
  const session = startInpod(swap(name, newProcess(), run));
  await session.shows(/is at 0; what comes for \S+ goes to your command/);
  return session;
}
