import {
  deploymentFacts,
  findDeployment,
  givenBack,
  marked,
  meddlingWith,
  orphansOf,
  scaledDown,
} from '../../../domain/playground/deployment-hold.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import { selects, sessionPodLabels } from '../../../domain/playground/playground-objects.ts';
import { endpointOfEach, servicesOf, withoutServices } from '../../../domain/playground/pod-routes.ts';
import { untilObjects } from '../../../domain/playground/until-objects.ts';
import type { WorkloadCalls } from '../workload-calls.ts';
import type { DeploymentController } from './deployment-controller.ts';
import type { ObjectHost } from './object-host.ts';
import type { HandlersOf } from './request-handlers.ts';

/** What workloads are looked at, and changed, with. */
export interface WorkloadHandlerParts {
  readonly objects: ObjectStore;
  readonly host: ObjectHost;
  readonly deployments: DeploymentController;
}

/** Each write is one turn of this process: nobody else's comes in between. */
export function workloadHandlers({ objects, host, deployments }: WorkloadHandlerParts): HandlersOf<keyof WorkloadCalls> {
  return {
    'read-workload': ({ kubeNamespace, reference }) => deploymentFacts(objects, findDeployment(objects, kubeNamespace, reference)),
    'mark-workload': ({ kubeNamespace, hold }) => {
      objects.replace(marked(findDeployment(objects, kubeNamespace, hold), hold));
      return null;
    },
    'scale-down': ({ kubeNamespace, hold, how, owner }) => {
      const before = findDeployment(objects, kubeNamespace, hold);
      const after = scaledDown(before, hold);
      const orphans = how === 'serving-on' ? orphansOf(objects, before, hold, owner) : [];
      for (const object of [...orphans, after]) objects.replace(object);
      return null;
    },
    'end-orphans': async ({ kubeNamespace, sessionId }) => {
      const labels = sessionPodLabels(sessionId, 'orphan');
      const orphans = objects.all('Pod').filter((pod) => pod.kubeNamespace === kubeNamespace && selects(labels, pod.labels));
      await Promise.all(orphans.map((pod) => host.remove(pod)));
      return null;
    },
    'until-scaled-down': async ({ kubeNamespace, reference }, { signal }) => {
      await deployments.untilNone(findDeployment(objects, kubeNamespace, reference), signal);
      return null;
    },
    'until-meddled': ({ kubeNamespace, hold: { name } }, { signal }) =>
      untilObjects(objects, () => meddlingWith(objects.find('Deployment', kubeNamespace, name)), signal),
    'give-back-workload': ({ kubeNamespace, hold }) => {
      const found = hold.kind === 'Deployment' ? objects.find('Deployment', kubeNamespace, hold.name) : undefined;
      const { outcome, deployment } = givenBack(found, hold);
      if (deployment) objects.replace(deployment);
      return outcome;
    },
    'until-routed': async ({ kubeNamespace, podName }, { signal }) => {
      const services = servicesOf(objects, objects.get('Pod', kubeNamespace, podName));
      await untilObjects(objects, () => endpointOfEach(objects, services, (name) => name === podName), signal);
      return services.map(({ name }) => name);
    },
    'until-served-without': async ({ kubeNamespace, besides }, { signal }) => {
      const services = servicesOf(objects, objects.get('Pod', kubeNamespace, besides));
      const endpoints = await untilObjects(objects, () => endpointOfEach(objects, services, (name) => name !== besides), signal);
      return [...new Set(endpoints.map(({ address }) => address.toString()))];
    },
    'withdraw-pod': ({ kubeNamespace, podName }) => {
      const pod = objects.get('Pod', kubeNamespace, podName);
      objects.replace({ ...pod, labels: withoutServices(objects, pod) });
      return null;
    },
  };
}
