import { describe, expect, it } from 'vitest';
import { builtInReference, isAdopting, isNamed, resourceOf } from '../../../src/domain/workload/workload-kinds.ts';

const rollout = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'rollouts',
  kind: 'Rollout',
  singular: 'rollout',
  shortNames: ['ro'],
};

describe("Kubernetes' own kinds", () => {
  it.each([
    ['deploy', 'Deployment', 'apps', 'deployments'],
    ['Deployment', 'Deployment', 'apps', 'deployments'],
    ['deployments.v1.apps', 'Deployment', 'apps', 'deployments'],
    ['sts', 'StatefulSet', 'apps', 'statefulsets'],
    ['rs', 'ReplicaSet', 'apps', 'replicasets'],
    ['ds', 'DaemonSet', 'apps', 'daemonsets'],
    ['rc', 'ReplicationController', '', 'replicationcontrollers'],
    ['jobs.batch', 'Job', 'batch', 'jobs'],
  ])('%s is a %s', (type, kind, group, plural) => {
    const reference = builtInReference({ type, name: 'web', container: undefined });
    expect(reference).toEqual({ kind, name: 'web' });
    expect(reference && resourceOf(reference)).toMatchObject({ group, version: 'v1', plural });
  });

  it.each(['rollout', 'deploy.argoproj.io', 'deployments.v1beta1.apps', 'pods', ''])('%j is none of them', (type) => {
    expect(builtInReference({ type, name: 'web', container: undefined })).toBeUndefined();
  });

  it('are those that take any pod of theirs for their own, or not', () => {
    const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];
    expect(kinds.filter((kind) => isAdopting({ kind, name: 'web' }))).toEqual(['ReplicaSet', 'ReplicationController']);
    expect(isAdopting({ kind: 'ReplicaSet', name: 'web', resource: rollout })).toBe(false);
  });
});

describe('a kind of the cluster', () => {
  it.each([
    ['ro', true],
    ['rollout', true],
    ['Rollouts', true],
    ['rollout.argoproj.io', true],
    ['rollouts.v1alpha1.argoproj.io', true],
    ['rollouts.v1.argoproj.io', false],
    ['rollouts.apps', false],
    ['roll', false],
  ])('is named %s: %s', (type, isIt) => {
    expect(isNamed(rollout, type)).toBe(isIt);
  });

  it('is where it was found, and nowhere without', () => {
    expect(resourceOf({ kind: 'Rollout', name: 'web', resource: rollout })).toBe(rollout);
    expect(() => resourceOf({ kind: 'Rollout', name: 'web' })).toThrow('a Rollout is nowhere in the API');
  });
});
