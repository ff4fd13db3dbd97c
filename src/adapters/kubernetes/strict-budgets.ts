import type { V1LabelSelector, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { WorkloadObject } from './workload-object.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Names of the budgets of a workload's pods that ask each pod's controller how many there should be: those in percent, and those of pods that may be missing.
 * @see {@link https://kubernetes.io/docs/tasks/run-application/configure-pdb/#arbitrary-controllers-and-selectors | Arbitrary workloads and arbitrary selectors}
 */
export function strictBudgets(budgets: readonly V1PodDisruptionBudget[], { spec }: WorkloadObject): readonly string[] {
  const labels = spec?.template?.metadata?.labels ?? {};
  return budgets
    .filter((budget) => asksControllers(budget) && selects(budget.spec?.selector, labels))
    .map(({ metadata }) => metadata?.name ?? '');
}

/** Names of the budgets that let nobody evict a pod with these labels as things are. */
export function budgetsThatKeep(budgets: readonly V1PodDisruptionBudget[], podLabels: Labels): readonly string[] {
  return budgets
    .filter(({ spec, status }) => status?.disruptionsAllowed === 0 && selects(spec?.selector, podLabels))
    .map(({ metadata }) => metadata?.name ?? '');
}

function asksControllers({ spec }: V1PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}

/** An empty selector selects all pods, a missing one none. */
function selects(selector: V1LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => fits(labels[key], operator, values))
  );
}

function fits(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
