import { ClusterError } from '../errors.ts';
import type { WorkloadFacts } from './workload-facts.ts';
import { describeWorkload } from './workload-reference.ts';

/** @throws ClusterError `WORKLOAD_UNSUITABLE` where the workload has no init container of a name that is to be skipped */
export function requireInitContainers(facts: WorkloadFacts, skipInit: readonly string[]): void {
  const { initContainers } = facts;
  const unknown = skipInit.filter((name) => !initContainers.includes(name));
  if (unknown.length === 0) return;
  throw new ClusterError({
    code: 'WORKLOAD_UNSUITABLE',
    message: `${describeWorkload(facts)} has no init container ${unknown.map((name) => JSON.stringify(name)).join(', ')} to skip`,
    hint: initContainers.length === 0 ? 'it has none: leave --skip-init out' : `it has: ${initContainers.join(', ')}`,
  });
}
