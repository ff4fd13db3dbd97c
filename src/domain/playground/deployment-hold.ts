import { ClusterError } from '../errors.ts';
import type { GivenBack, Meddling } from '../ports/cluster/workloads.ts';
import { taken } from '../workload/swap-decision.ts';
import { sessionOf, type FieldOwner, type WorkloadFacts, type WorkloadHold } from '../workload/workload-facts.ts';
import { describeWorkload, type WorkloadReference } from '../workload/workload-reference.ts';
import { controlledPods } from './deployment-pods.ts';
import type { ObjectStore } from './object-store.ts';
import { sessionPodLabels, type DeploymentObject, type PodObject } from './playground-objects.ts';
import { servicesOf, withoutServices } from './pod-routes.ts';
import type { LeaseReference } from '../ports/cluster/agent-pods.ts';

/** As a cluster has it in `managedFields`, once a session has scaled. */
const inpodOwner: FieldOwner = { manager: 'inpod', operation: 'Update', apiVersion: 'apps/v1', subresource: '' };

/** @throws ClusterError `NOT_FOUND`: a playground has Deployments only */
export function findDeployment(objects: ObjectStore, kubeNamespace: string, reference: WorkloadReference): DeploymentObject {
  const found = reference.kind === 'Deployment' ? objects.find('Deployment', kubeNamespace, reference.name) : undefined;
  if (found) return found;
  const names = objects.all('Deployment').filter((one) => one.kubeNamespace === kubeNamespace).map(({ name }) => name); // prettier-ignore
  throw new ClusterError({
    code: 'NOT_FOUND',
    message: `there is no ${describeWorkload(reference)} in the namespace`,
    hint: names.length === 0 ? `there is none in ${kubeNamespace}: choose another with --namespace` : `there are: ${names.join(', ')}`,
  });
}

/** What a Deployment says of itself. */
export function deploymentFacts(objects: ObjectStore, deployment: DeploymentObject): WorkloadFacts {
  const { name, replicas, mark, template, replicasOwners } = deployment;
  return {
    kind: 'Deployment',
    name,
    replicas,
    heldBy: mark,
    isEnding: false,
    isRollingOut: controlledPods(objects, deployment).length !== replicas,
    owner: undefined,
    containers: [{ name: template.container.name, tcpPorts: template.container.tcpPorts }],
    initContainers: [],
    variables: { [template.container.name]: { names: Object.keys(template.container.variables), from: [] } },
    exclusive: [],
    hindrances: [],
    obstacles: [],
    replicasOwners,
  };
}

/** What somebody did to a Deployment that a session had scaled to 0; `undefined` where nobody did. */
export function meddlingWith(deployment: DeploymentObject | undefined): Meddling | undefined {
  if (!deployment) return { did: 'deleted' };
  const { replicas, replicasOwners } = deployment;
  const other = replicasOwners.find(({ manager }) => manager !== inpodOwner.manager);
  return replicas === 0 ? undefined : { did: 'scaled', by: other?.manager ?? 'somebody else' };
}

/** @returns the Deployment with the session's mark @throws ClusterError `WORKLOAD_TAKEN`, `CONFLICT` */
export function marked(deployment: DeploymentObject, hold: WorkloadHold): DeploymentObject {
  const { mark, replicas } = deployment;
  if (isOurs(deployment, hold)) return deployment;
  if (mark) throw taken(describeWorkload(hold), mark);
  if (replicas !== hold.mark.replicas) throw changed(hold, 'was scaled meanwhile');
  return { ...deployment, mark: hold.mark };
}

/** @returns the Deployment at 0; as it is where it was there already @throws ClusterError `CONFLICT` */
export function scaledDown(deployment: DeploymentObject, hold: WorkloadHold): DeploymentObject {
  const { replicas } = deployment;
  const isAsLeft = replicas === hold.mark.replicas || replicas === 0;
  if (!isOurs(deployment, hold) || !isAsLeft) throw changed(hold, 'was scaled, or taken, by somebody else');
  return replicas === 0 ? deployment : { ...deployment, replicas: 0, replicasOwners: [inpodOwner] };
}

/** Those of its pods that Services lead to, out of these, and the Lease's from then on: no controller counts them, and they go on. */
export function orphansOf(
  objects: ObjectStore,
  deployment: DeploymentObject,
  { mark }: WorkloadHold,
  owner: LeaseReference,
): readonly PodObject[] {
  const labels = sessionPodLabels(sessionOf(mark), 'orphan');
  return controlledPods(objects, deployment)
    .filter((pod) => servicesOf(objects, pod).length > 0)
    .map((pod) => ({ ...pod, owner, labels: { ...withoutServices(objects, pod), ...labels } }));
}

/** As it was, unless somebody else scaled it, or it isn't ours any more. @param found - `undefined` for one that is gone */
export function givenBack(
  found: DeploymentObject | undefined,
  hold: WorkloadHold,
): { readonly outcome: GivenBack; readonly deployment?: DeploymentObject } {
  if (!found || !isOurs(found, hold)) return { outcome: 'left-alone' };
  const unmarked = { ...found, mark: undefined };
  if (found.replicas !== 0) return { outcome: 'unmarked', deployment: unmarked };
  const { mark, replicasOwners } = hold;
  return { outcome: 'restored', deployment: { ...unmarked, replicas: mark.replicas, replicasOwners } };
}

function isOurs({ mark }: DeploymentObject, hold: WorkloadHold): boolean {
  return mark?.lease === hold.mark.lease;
}

function changed(reference: WorkloadReference, how: string): ClusterError {
  return new ClusterError({ code: 'CONFLICT', message: `${describeWorkload(reference)} ${how}`, hint: 'see who: inpod status' });
}
