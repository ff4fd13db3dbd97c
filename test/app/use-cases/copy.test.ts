import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { ContainerVariables } from '../../../src/domain/ports/cluster/container-variables.ts';
import { parseEnvironmentBlock } from '../../../src/domain/session/child-environment.ts';
import type { WorkloadFacts } from '../../../src/domain/workload/workload-facts.ts';
import { MemoryWorkloads } from '../../fakes/memory-workloads.ts';
import { SessionWorld } from './support/session-world.ts';

/** A session beside `web`. */
class CopyWorld extends SessionWorld {
  readonly workloads: MemoryWorkloads;
  readonly steps: string[] = [];

  constructor(facts: Partial<WorkloadFacts> = {}, container?: string) {
    const inbound = { expose: [{ localPort: 9000, podPort: 80 }], toPod: [], fromPod: [], fromHost: [], publish: false };
    super(undefined, { copy: { type: 'deploy', name: 'web', container }, podName: 'web-inpod-abcde', inbound });
    this.workloads = new MemoryWorkloads(facts);
    this.workloads.script = (call) => void this.steps.push(call);
    this.cluster.workloads = this.workloads;
  }
}

it('a copy only reads the workload, and exposes what was asked for', async () => {
  const world = new CopyWorld();
  let spec: unknown;
  world.cluster.startAgent = (pod) => {
    spec = pod.spec;
  };
  await world.runToEnd();
  expect(world.steps).toEqual(['readWorkload']);
  expect(spec).toMatchObject({ ports: [80], template: { kind: 'Deployment', name: 'web', container: 'main', as: 'copy', skipInit: [] } });
  expect(world.leftovers).toEqual([]);
});

describe('what its image alone sets', () => {
  const own = 'KUBERNETES_SERVICE_HOST';
  const namesGiven = async (containers: ContainerVariables | undefined): Promise<string> => {
    const world = new CopyWorld();
    world.cluster.containers = containers;
    await world.runToEnd();
    expect(world.leftovers).toEqual([]);
    return world.podVariables.map(({ name }) => Buffer.from(name).toString()).join(' ');
  };

  it.each<[string, ContainerVariables | undefined, string]>([
    ['is taken from a running container', { readEnvironment: async () => parseEnvironmentBlock(Buffer.from(`${own}=other\0APP=1\0`)) }, `${own} APP`],
    ['isn’t known where none runs', { readEnvironment: async () => undefined }, own],
    ['isn’t known where one may not look', { readEnvironment: () => Promise.reject(new ClusterError({ code: 'FORBIDDEN', message: 'no' })) }, own],
    ['isn’t waited for without end', { readEnvironment: () => new Promise(() => undefined) }, own],
    ['isn’t known where there are no images', undefined, own],
  ])('%s', async (_what, containers, names) => {
    expect(await namesGiven(containers)).toBe(names);
  }); // prettier-ignore
});

it.each<[string, Partial<WorkloadFacts>]>([
  ['that another session has', { heldBy: { version: 1, lease: 'inpod-other', holder: 'bob@desk', replicas: 2 }, replicas: 0 }],
  ['that is rolling out', { isRollingOut: true }],
  ['that another object owns', { owner: 'Rollout/web' }],
  ['that must not be scaled down', { hindrances: ['scaling it down deletes its volumes (whenScaled: Delete)'] }],
])('a copy of a workload %s is no trouble', async (_what, facts) => {
  await expect(new CopyWorld(facts).runToEnd()).resolves.toEqual({ code: 0 });
});

it.each<[string, Partial<WorkloadFacts>, string | undefined, RegExp]>([
  ['hostNetwork', { obstacles: ["its pods have their node's network (hostNetwork)"] }, undefined, /can't be copied: its pods have/],
  ['a container that it lacks', {}, 'nginx', /has no container "nginx"/],
])('%s refuses a copy before anything is made', async (_what, facts, container, message) => {
  const world = new CopyWorld(facts, container);
  await expect(world.runToEnd()).rejects.toMatchObject({ code: 'WORKLOAD_UNSUITABLE', message: expect.stringMatching(message) });
  expect(world.calls).not.toContain('cluster.createLease');
});
