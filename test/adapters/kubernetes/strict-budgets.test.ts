import type { V1LabelSelector, V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { budgetsThatKeep, strictBudgets } from '../../../src/adapters/kubernetes/strict-budgets.ts';

const workload = { spec: { template: { metadata: { labels: { app: 'web', tier: 'front' } } } } };
const budgetOf = (spec: V1PodDisruptionBudgetSpec): readonly string[] => strictBudgets([{ metadata: { name: 'budget' }, spec }], workload);
const ours: V1LabelSelector = { matchLabels: { app: 'web' } };

it.each<[string, V1PodDisruptionBudgetSpec, boolean]>([
  ['that counts pods itself', { selector: ours, minAvailable: 1 }, false],
  ['in percent', { selector: ours, minAvailable: '50%' }, true],
  ['of pods that may be missing', { selector: ours, maxUnavailable: 1 }, true],
  ['of all pods', { selector: {}, maxUnavailable: 1 }, true],
  ['of none', { maxUnavailable: 1 }, false],
  ['of others', { selector: { matchLabels: { app: 'db' } }, maxUnavailable: 1 }, false],
  ['by a set of values', { selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] }, maxUnavailable: 1 }, true],
  ['by values that it must not have', { selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, maxUnavailable: 1 }, false],
  ['by a label that it has', { selector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, maxUnavailable: 1 }, true],
  ['by a label that it must lack', { selector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, maxUnavailable: 1 }, false],
])('a budget %s', (_what, spec, isStrict) => {
  expect(budgetOf(spec)).toEqual(isStrict ? ['budget'] : []);
}); // prettier-ignore

it.each<[string, V1LabelSelector, number, boolean]>([
  ['that allows nothing', ours, 0, true],
  ['that allows one', ours, 1, false],
  ['of others', { matchLabels: { app: 'db' } }, 0, false],
])('a budget %s keeps a pod from being evicted', (_what, selector, disruptionsAllowed, isKeeping) => {
  const status = { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
  const budgets = [{ metadata: { name: 'budget' }, spec: { selector, minAvailable: 1 }, status }];
  expect(budgetsThatKeep(budgets, { app: 'web' })).toEqual(isKeeping ? ['budget'] : []);
});
