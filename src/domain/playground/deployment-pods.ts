import type { ObjectStore } from './object-store.ts';
import { selects, type DeploymentObject, type Labels, type PodObject } from './playground-objects.ts';

/** On the pods that a controller made, and on no other pod with the template's labels: as `pod-template-hash` in a cluster. */
const templateLabel = 'pod-template-hash';

/** Labels of a pod that the controller makes. */
export function controlledLabels({ name, template }: DeploymentObject): Labels {
  return { ...template.labels, [templateLabel]: name };
}

/** The pods that the controller counts, in the order in which they came: one that lost a label of the template is nobody's. */
export function controlledPods(objects: ObjectStore, deployment: DeploymentObject): readonly PodObject[] {
  const labels = controlledLabels(deployment);
  return objects.all('Pod').filter((pod) => pod.kubeNamespace === deployment.kubeNamespace && selects(labels, pod.labels));
}

/** What brings a Deployment's pods to their number. */
export interface PodCorrection {
  readonly missing: number;
  /** The newest go first, those that aren't ready before all others. */
  readonly surplus: readonly PodObject[];
}

/** A pod whose process ended counts until it is deleted. */
export function correctionOf(objects: ObjectStore, deployment: DeploymentObject): PodCorrection {
  const pods = controlledPods(objects, deployment);
  const leaving = [...pods.filter(({ ready }) => ready), ...pods.filter(({ ready }) => !ready)].slice(deployment.replicas);
  return { missing: Math.max(0, deployment.replicas - pods.length), surplus: leaving.toReversed() };
}

/** The next pod's name, `web-1`, and the Deployment that has made it. A name is never given twice; one that somebody else has is passed over. */
export function nextPod(
  objects: ObjectStore,
  deployment: DeploymentObject,
): { readonly name: string; readonly deployment: DeploymentObject } {
  const { kubeNamespace } = deployment;
  for (let podsMade = deployment.podsMade + 1; ; podsMade++) {
    const name = `${deployment.name}-${podsMade}`;
    if (!objects.find('Pod', kubeNamespace, name)) return { name, deployment: { ...deployment, podsMade } };
  }
}
