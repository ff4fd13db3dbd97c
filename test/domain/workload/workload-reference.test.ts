import { describe, expect, it } from 'vitest';
import { describeTarget, describeWorkload, parseWorkloadTarget, workloadPodName } from '../../../src/domain/workload/workload-reference.ts';

describe('a workload as it is named', () => {
  it.each([
    ['web', 'deployment', 'web', undefined],
    ['deploy/web', 'deploy', 'web', undefined],
    ['deployment.apps/web', 'deployment.apps', 'web', undefined],
    ['Deployments/web:main', 'Deployments', 'web', 'main'],
    ['statefulset/db.example:postgres', 'statefulset', 'db.example', 'postgres'],
    ['rollouts.v1alpha1.argoproj.io/web', 'rollouts.v1alpha1.argoproj.io', 'web', undefined],
    ['web:main', 'deployment', 'web', 'main'],
  ])('%s is %s %s, container %s', (text, type, name, container) => {
    expect(parseWorkloadTarget(text)).toEqual({ type, name, container });
  });

  it.each([
    ['', /is not TYPE\/NAME/],
    ['a/b/c', /is not TYPE\/NAME/],
    ['web:', /is not TYPE\/NAME/],
    ['../web', /"\.\." is no type/],
    ['Web', /"Web" is no name/],
    ['deploy/web:Main_1', /"Main_1" is no name/],
  ])('%j is none', (text, problem) => {
    expect(parseWorkloadTarget(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it('is told as kubectl takes it', () => {
    expect(describeWorkload({ kind: 'StatefulSet', name: 'db' })).toBe('statefulset/db');
    expect(describeTarget({ type: 'sts', name: 'db', container: 'main' })).toBe('sts/db');
  });

  it.each([
    ['web', 'web-inpod-abcde'],
    ['db.example', 'db-example-inpod-abcde'],
    ['w'.repeat(80), `${'w'.repeat(51)}-inpod-abcde`],
  ])('%s gives its successor a DNS label', (name, podName) => {
    expect(workloadPodName({ name }, 'abcde')).toBe(podName);
    expect(podName.length).toBeLessThanOrEqual(63);
  });
});
