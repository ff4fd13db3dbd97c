import type { RequiredRight } from '../ports/cluster/access-review.ts';
import type { WorkloadKind } from '../workload/workload-reference.ts';
import type { SessionPlan } from './session-plan.ts';

/**
 * What running a pod of one's own takes. Port-forward by WebSocket is a `get`, and from Kubernetes 1.35 a `create` as well; who has one usually has both.
 */
export const rightsToRun: readonly RequiredRight[] = [
  { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', purpose: 'own what the session makes, so that it all goes together' },
  { verb: 'get', group: 'coordination.k8s.io', resource: 'leases', purpose: 'see whether somebody ended a session that was silent' },
  { verb: 'patch', group: 'coordination.k8s.io', resource: 'leases', purpose: 'show that the session is alive' },
  { verb: 'delete', group: 'coordination.k8s.io', resource: 'leases', purpose: 'remove what the session made' },
  { verb: 'create', group: '', resource: 'secrets', purpose: 'hand the agent program and its key to the pod' },
  { verb: 'create', group: '', resource: 'pods', purpose: 'run the agent pod' },
  { verb: 'get', group: '', resource: 'pods', purpose: 'follow the agent pod as it starts' },
  { verb: 'watch', group: '', resource: 'pods', purpose: 'follow the agent pod as it starts' },
  { verb: 'get', group: '', resource: 'pods/portforward', purpose: 'reach the agent' },
  { verb: 'create', group: '', resource: 'pods/portforward', purpose: 'reach the agent (Kubernetes 1.35 and later)' },
];

/** What `--expose` takes besides. */
const rightsToExpose: readonly RequiredRight[] = [
  { verb: 'create', group: '', resource: 'services', purpose: 'lead the cluster to the exposed ports' },
];

/** What taking a workload's place takes besides. */
function rightsToSwap(kind: WorkloadKind): readonly RequiredRight[] {
  return [
    rightToRead(kind),
    { verb: 'patch', group: 'apps', resource: resourceOf(kind), purpose: 'scale the workload down, and back' },
    { verb: 'list', group: '', resource: 'pods', purpose: "see the workload's pods" },
    { verb: 'patch', group: '', resource: 'pods', purpose: 'take pods out of their Services without a lost request' },
    { verb: 'delete', group: '', resource: 'pods', purpose: "end the workload's former pods" },
    { verb: 'list', group: '', resource: 'services', purpose: 'see which Services lead to the workload' },
    { verb: 'watch', group: 'discovery.k8s.io', resource: 'endpointslices', purpose: 'see when Services lead to the session, and back' },
  ];
}

function rightToRead(kind: WorkloadKind): RequiredRight {
  return { verb: 'get', group: 'apps', resource: resourceOf(kind), purpose: "read the workload's template" };
}

function resourceOf(kind: WorkloadKind): string {
  return kind === 'Deployment' ? 'deployments' : 'statefulsets';
}

/** All that a run takes. */
export function rightsFor({
  inbound,
  swap,
  copy,
}: Pick<SessionPlan, 'inbound'> & Partial<Pick<SessionPlan, 'swap' | 'copy'>>): readonly RequiredRight[] {
  if (swap) return [...rightsToRun, ...rightsToSwap(swap.kind)];
  return [...rightsToRun, ...(copy ? [rightToRead(copy.kind)] : []), ...(inbound.expose.length === 0 ? [] : rightsToExpose)];
}

/** What helps who lacks them. */
export function whoGivesRights(kubeNamespace: string): string {
  return `ask an administrator for the built-in role "edit" in namespace ${kubeNamespace}, or choose another namespace with -n`;
}

/** One message for all that is missing, each with what it is for. */
export function describeMissingRights(missing: readonly RequiredRight[], kubeNamespace: string): string {
  const lines = missing.map((right) => `  ${right.verb} ${right.resource}${right.group ? `.${right.group}` : ''}: to ${right.purpose}`);
  return `not allowed in namespace ${kubeNamespace}:\n${lines.join('\n')}`;
}
