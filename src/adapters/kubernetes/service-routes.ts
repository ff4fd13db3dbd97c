import type { V1Endpoint, V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { watch } from './api-watch.ts';

type Labels = Readonly<Record<string, string>>;

/** A Service that leads to pods by their labels. */
export interface SelectingService {
  readonly name: string;
  readonly selector: Labels;
}

/** Which Services lead to a pod, and whether they do already. */
export class ServiceRoutes {
  readonly #api: ApiClient;
  readonly #namespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#namespace = encodeURIComponent(kubeNamespace);
  }

  /** Services with a selector, whatever it selects. */
  async selecting(signal: AbortSignal): Promise<readonly SelectingService[]> {
    const path = `/api/v1/namespaces/${this.#namespace}/services`;
    const { items = [] } = await this.#api.call<{ items?: readonly V1Service[] }>({ method: 'GET', path, signal });
    return items.flatMap(({ metadata, spec }) =>
      metadata?.name !== undefined && Object.keys(spec?.selector ?? {}).length > 0
        ? [{ name: metadata.name, selector: spec?.selector ?? {} }]
        : [],
    );
  }

  /**
   * Follows the EndpointSlices until each of the Services has a ready endpoint that `suits`.
   * @returns the first such endpoint of each
   * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/ | EndpointSlice}
   */
  async untilEach(services: readonly string[], suits: (podName: string) => boolean, signal: AbortSignal): Promise<readonly V1Endpoint[]> {
    if (services.length === 0) return [];
    const path = `/apis/discovery.k8s.io/v1/namespaces/${this.#namespace}/endpointslices`;
    const query = { labelSelector: `kubernetes.io/service-name in (${services.join(',')})` };
    for (;;) {
      const slices = new Map<string, V1EndpointSlice>();
      for await (const { type, object } of watch<V1EndpointSlice>(this.#api, { path, query, signal })) {
        if (type === 'DELETED') slices.delete(object.metadata?.name ?? '');
        else slices.set(object.metadata?.name ?? '', object);
        const found = services.flatMap((service) => readyEndpoint([...slices.values()], service, suits) ?? []);
        if (found.length === services.length) return found;
      }
    }
  }
}

/** Those Services that lead to a pod with these labels. */
export function servicesFor(services: readonly SelectingService[], labels: Labels): readonly SelectingService[] {
  return services.filter(({ selector }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
}

/** A merge patch's labels that take a pod out of these Services. */
export function withoutServices(services: readonly SelectingService[]): Readonly<Record<string, null>> {
  return Object.fromEntries(services.flatMap(({ selector }) => Object.keys(selector).map((key) => [key, null])));
}

/** The first one; an endpoint that doesn't say is ready. */
function readyEndpoint(slices: readonly V1EndpointSlice[], service: string, suits: (podName: string) => boolean): V1Endpoint | undefined {
  return slices
    .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .find(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === 'Pod' && suits(targetRef.name ?? ''));
}
