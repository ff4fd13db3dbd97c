import { expect, it } from 'vitest';
import { missingInPlayground } from '../../../src/domain/playground/playground-rights.ts';
import { rightsFor } from '../../../src/domain/session/required-rights.ts';

it.each([
  ['patch', '', 'pods/status', true],
  ['get', '', 'pods/status', false],
  ['patch', '', 'pods', false],
  ['patch', 'metrics.k8s.io', 'pods/status', false],
  ['create', 'apps', 'deployments', false],
])('%s of %s %s is missing: %s', (verb, group, resource, isMissing) => {
  const right = { verb, group, resource, purpose: 'test' };
  expect(missingInPlayground([right])).toEqual(isMissing ? [right] : []);
});

it('gives all that a run takes', () => {
  const exposing = { expose: [{ localPort: 80, podPort: 80 }], toPod: [], fromPod: [], fromHost: [], publish: true };
  expect(missingInPlayground(rightsFor({ inbound: exposing }))).toEqual([]);
});
