import { describe, expect, it } from 'vitest';
import { describeWorkload, parseWorkloadTarget, workloadPodName } from '../../../src/domain/workload/workload-reference.ts';

describe('a workload as it is named', () => {
  it.each([
    ['web', 'Deployment', 'web', undefined],
    ['deploy/web', 'Deployment', 'web', undefined],
    ['deployment.apps/web', 'Deployment', 'web', undefined],
    ['Deployments/web:main', 'Deployment', 'web', 'main'],
    ['sts/db', 'StatefulSet', 'db', undefined],
    ['statefulset/db.example:postgres', 'StatefulSet', 'db.example', 'postgres'],
    ['web:main', 'Deployment', 'web', 'main'],
  ])('%s is %s %s, container %s', (text, kind, name, container) => {
    expect(parseWorkloadTarget(text)).toEqual({ kind, name, container });
  });

  it.each([
    ['', /is not TYPE\/NAME/],
    ['a/b/c', /is not TYPE\/NAME/],
    ['web:', /is not TYPE\/NAME/],
    ['pod/web', /^pod: only Deployments/],
    ['Web', /"Web" is no name/],
    ['deploy/web:Main_1', /"Main_1" is no name/],
  ])('%j is none', (text, problem) => {
    expect(parseWorkloadTarget(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it('is told as kubectl takes it', () => {
    expect(describeWorkload({ kind: 'StatefulSet', name: 'db' })).toBe('statefulset/db');
  });

  it.each([
    ['web', 'web-inpod-abcde'],
    ['db.example', 'db-example-inpod-abcde'],
    ['w'.repeat(80), `${'w'.repeat(51)}-inpod-abcde`],
  ])('%s gives its successor a DNS label', (name, podName) => {
    expect(workloadPodName({ kind: 'Deployment', name }, 'abcde')).toBe(podName);
    expect(podName.length).toBeLessThanOrEqual(63);
  });
});
