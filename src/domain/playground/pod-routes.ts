import type { ObjectStore } from './object-store.ts';
import { endpointsOf } from './playground-network.ts';
import { selects, type Labels, type PodObject, type ServiceObject } from './playground-objects.ts';

/** The Services that lead to a pod, or would if it were ready. */
export function servicesOf(objects: ObjectStore, { kubeNamespace, labels }: PodObject): readonly ServiceObject[] {
  return objects
    .all('Service')
    .filter((service) => service.kubeNamespace === kubeNamespace && service.selector !== undefined && selects(service.selector, labels));
}

/** Labels with which no Service leads to the pod; all others stay. */
export function withoutServices(objects: ObjectStore, pod: PodObject): Labels {
  const selecting = new Set(servicesOf(objects, pod).flatMap(({ selector = {} }) => Object.keys(selector)));
  return Object.fromEntries(Object.entries(pod.labels).filter(([name]) => !selecting.has(name)));
}

/** The first ready pod of each Service that `suits`; `undefined` while one of them has none. */
export function endpointOfEach(
  objects: ObjectStore,
  services: readonly ServiceObject[],
  suits: (podName: string) => boolean,
): readonly PodObject[] | undefined {
  const found = services.flatMap((service) => endpointsOf(objects, service).find(({ name }) => suits(name)) ?? []);
  return found.length === services.length ? found : undefined;
}
