import { expect, it } from 'vitest';
import { guardianVariables, parseGuardianVariables } from '../../../src/domain/protocol/guardian-settings.ts';

const settings = { kubeNamespace: 'shop', leaseName: 'inpod-abcde', guardMs: 120_000, lookMs: 10_000 };

it('are the same once they went through the variables', () => {
  expect(parseGuardianVariables({ PATH: '/bin', ...guardianVariables(settings) })).toEqual(settings);
});

it.each([
  ['INPOD_NAMESPACE', undefined],
  ['INPOD_LEASE', undefined],
  ['INPOD_GUARD_MS', 'soon'],
  ['INPOD_LOOK_MS', '0'],
])('are none where %s is %j', (name, value) => {
  expect(parseGuardianVariables({ ...guardianVariables(settings), [name]: value })).toBeUndefined();
});
