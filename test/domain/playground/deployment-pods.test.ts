import { describe, expect, it } from 'vitest';
import { controlledPods, correctionOf, nextPod } from '../../../src/domain/playground/deployment-pods.ts';
import { orphansOf } from '../../../src/domain/playground/deployment-hold.ts';
import type { PodObject } from '../../../src/domain/playground/playground-objects.ts';
import { endpointOfEach, servicesOf, withoutServices } from '../../../src/domain/playground/pod-routes.ts';
import { aDeployment, aPod, aService, aStore } from '../../builders/playground-builders.ts';

const made = { app: 'web', 'pod-template-hash': 'web' };
const one = aPod('web-1', '10.42.0.1', { labels: made });
const two = aPod('web-2', '10.42.0.2', { labels: made });
const stranger = aPod('web-x', '10.42.0.3');
const names = (pods: readonly PodObject[]): readonly string[] => pods.map(({ name }) => name);

describe('the pods of a Deployment', () => {
  it('are those that its controller made, as long as they have its labels', () => {
    const left = aPod('web-3', '10.42.0.4', { labels: { 'pod-template-hash': 'web' } });
    const elsewhere = aPod('web-1', '10.42.0.5', { labels: made, kubeNamespace: 'default' });
    expect(names(controlledPods(aStore(one, stranger, left, elsewhere), aDeployment('web')))).toEqual(['web-1']);
  });

  it.each([
    ['none, where it has as many as it wants', { replicas: 2 }, 0, []],
    ['as many as are missing', { replicas: 5 }, 3, []],
    ['the newest, where there are too many', { replicas: 1 }, 0, ['web-2']],
    ['all, at 0', { replicas: 0 }, 0, ['web-2', 'web-1']],
  ])('change by %s', (_what, parts, missing, surplus) => {
    const correction = correctionOf(aStore(one, two), aDeployment('web', parts));
    expect([correction.missing, names(correction.surplus)]).toEqual([missing, surplus]);
  });

  it('leave first where they are not ready', () => {
    const store = aStore({ ...one, ready: false }, two);
    expect(names(correctionOf(store, aDeployment('web')).surplus)).toEqual(['web-1']);
  });

  it('have names that nobody has, and none had', () => {
    const store = aStore(aPod('web-4', '10.42.0.9'));
    const next = nextPod(store, aDeployment('web', { podsMade: 3 }));
    expect([next.name, next.deployment.podsMade]).toEqual(['web-5', 5]);
  });
});

describe('the Services of a pod', () => {
  const tier = aService('tier', '10.43.0.2', { selector: { tier: 'front' } });
  const store = aStore(aService('web', '10.43.0.1'), tier, aService('none', '10.43.0.3', { selector: undefined }));

  it('are those that select it, ready or not', () => {
    expect(servicesOf(store, { ...one, ready: false }).map(({ name }) => name)).toEqual(['web']);
  });

  it('lose it with their labels, which are all that it loses', () => {
    expect(withoutServices(store, one)).toEqual({ 'pod-template-hash': 'web' });
    expect(withoutServices(store, aPod('x', '10.42.0.8', { labels: { a: 'b' } }))).toEqual({ a: 'b' });
  });

  it('are served when each has a ready pod that suits', () => {
    const both = aStore(aService('web', '10.43.0.1'), one, { ...two, ready: false });
    const services = servicesOf(both, one);
    expect(endpointOfEach(both, services, () => true)?.map(({ name }) => name)).toEqual(['web-1']);
    expect(endpointOfEach(both, services, (name) => name === 'web-2')).toBeUndefined();
    expect(endpointOfEach(both, [], () => false)).toEqual([]);
  });

  it('make an orphan of it: the Lease’s, in no Service, and counted by nobody', () => {
    const owner = { name: 'inpod-abcde', uid: 'uid' };
    const mark = { version: 1, lease: 'inpod-abcde', holder: 'ann@laptop', replicas: 2 } as const;
    const both = aStore(aService('web', '10.43.0.1'), one);
    const hold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] } as const;
    const labels = { 'pod-template-hash': 'web', 'inpod.dev/session': 'abcde', 'inpod.dev/role': 'orphan' };
    expect(orphansOf(both, aDeployment('web'), hold, owner)).toEqual([{ ...one, owner, labels }]);
  });
});
