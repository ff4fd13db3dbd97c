import type { RequiredRight } from '../ports/cluster/access-review.ts';
import { isAdopting, resourceOf } from '../workload/workload-kinds.ts';
import type { WorkloadReference } from '../workload/workload-reference.ts';
import type { SessionPlan } from './session-plan.ts';

/** Port-forward by WebSocket is a `get`, and from Kubernetes 1.35 a `create` as well; who has one usually has both. */
const rightsToForward: readonly RequiredRight[] = [
  { verb: 'get', group: '', resource: 'pods/portforward', purpose: 'reach the agent' },
  { verb: 'create', group: '', resource: 'pods/portforward', purpose: 'reach the agent (Kubernetes 1.35 and later)' },
];

/** What running a pod of one's own takes. */
export const rightsToRun: readonly RequiredRight[] = [
  { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', purpose: 'own what the session makes, so that it all goes together' },
  { verb: 'get', group: 'coordination.k8s.io', resource: 'leases', purpose: 'see whether somebody ended a session that was silent' },
  { verb: 'patch', group: 'coordination.k8s.io', resource: 'leases', purpose: 'show that the session is alive' },
  { verb: 'delete', group: 'coordination.k8s.io', resource: 'leases', purpose: 'remove what the session made' },
  { verb: 'create', group: '', resource: 'secrets', purpose: 'hand the agent program and its key to the pod' },
  { verb: 'create', group: '', resource: 'pods', purpose: 'run the agent pod' },
  { verb: 'get', group: '', resource: 'pods', purpose: 'follow the agent pod as it starts' },
  { verb: 'watch', group: '', resource: 'pods', purpose: 'follow the agent pod as it starts' },
  ...rightsToForward,
];

/** What `--expose` takes besides. */
const rightsToExpose: readonly RequiredRight[] = [
  { verb: 'create', group: '', resource: 'services', purpose: 'lead the cluster to the exposed ports' },
];

/** What taking a workload's place takes besides. */
function rightsToSwap(workload: WorkloadReference): readonly RequiredRight[] {
  const { group, plural } = resourceOf(workload);
  return [
    rightToRead(workload),
    { verb: 'patch', group, resource: plural, purpose: 'scale the workload down, and back' },
    { verb: 'list', group: '', resource: 'pods', purpose: "see the workload's pods" },
    { verb: 'patch', group: '', resource: 'pods', purpose: 'take pods out of their Services without a lost request' },
    { verb: 'delete', group: '', resource: 'pods', purpose: "end the workload's former pods" },
    { verb: 'list', group: '', resource: 'services', purpose: 'see which Services lead to the workload' },
    { verb: 'watch', group: 'discovery.k8s.io', resource: 'endpointslices', purpose: 'see when Services lead to the session, and back' },
    ...(isAdopting(workload) ? [rightToReadBudgets] : []),
  ];
}

const rightToReadBudgets: RequiredRight = {
  verb: 'list', group: 'policy', resource: 'poddisruptionbudgets', purpose: 'see whether a budget would block evictions meanwhile',
}; // prettier-ignore

function rightToRead(workload: WorkloadReference): RequiredRight {
  const { group, plural } = resourceOf(workload);
  return { verb: 'get', group, resource: plural, purpose: "read the workload's template" };
}

/** What using a standing agent takes: nothing is made. */
export const rightsToUseAgent: readonly RequiredRight[] = [
  { verb: 'get', group: 'apps', resource: 'deployments', purpose: 'find the agent' },
  { verb: 'list', group: '', resource: 'pods', purpose: "find the agent's pod" },
  { verb: 'watch', group: '', resource: 'pods', purpose: 'follow the pod as it starts' },
  ...rightsToForward,
];

/** How a session uses a workload. */
export interface WorkloadUse {
  readonly swap?: WorkloadReference | undefined;
  readonly copy?: WorkloadReference | undefined;
}

/** All that a run takes. */
export function rightsFor({ inbound, swap, copy }: Pick<SessionPlan, 'inbound'> & WorkloadUse): readonly RequiredRight[] {
  if (swap) return [...rightsToRun, ...rightsToSwap(swap)];
  return [...rightsToRun, ...(copy ? [rightToRead(copy)] : []), ...(inbound.expose.length === 0 ? [] : rightsToExpose)];
}

/** What helps who lacks them. */
export function whoGivesRights(missing: readonly RequiredRight[], kubeNamespace: string): string {
  const custom = missing.find(({ group }) => !isOfKubernetes(group));
  if (!custom)
    return `ask an administrator for the built-in role "edit" in namespace ${kubeNamespace}, or choose another namespace with -n`;
  return `the built-in role "edit" doesn't cover ${custom.resource}.${custom.group}: ask an administrator for a ClusterRole that allows this, with the label rbac.authorization.k8s.io/aggregate-to-edit: "true"`;
}

/** Groups of Kubernetes' own have no dot, or end so. */
function isOfKubernetes(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** One message for all that is missing, each with what it is for. */
export function describeMissingRights(missing: readonly RequiredRight[], kubeNamespace: string): string {
  const lines = missing.map((right) => `  ${right.verb} ${right.resource}${right.group ? `.${right.group}` : ''}: to ${right.purpose}`);
  return `not allowed in namespace ${kubeNamespace}:\n${lines.join('\n')}`;
}
