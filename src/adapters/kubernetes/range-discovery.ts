import { ClusterError } from '../../domain/errors.ts';
import type { ClusterRange, ClusterRanges } from '../../domain/ports/cluster/ranges.ts';
import type { ApiClient } from './api-client.ts';
import {
  rangesOfNode,
  rangesOfPod,
  rangesOfService,
  rangesOfServiceCidr,
  type NodeView,
  type PodAddressView,
  type ServiceCidrView,
  type ServiceView,
} from './range-objects.ts';
import { rangesInRefusal, type RangeProbe, rangeProbes } from './service-range-probe.ts';

interface ListOf<T> {
  readonly items?: readonly T[];
  readonly metadata?: { readonly continue?: string };
}

const pageSize = '500';
/** Addresses one by one are a last resort; more pages than this of them add little. */
const maxPages = 10;

/** Asks the sources of which each needs other rights, best first. */
export class RangeDiscovery implements Pick<ClusterRanges, 'discoverRanges'> {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = kubeNamespace;
  }

  async discoverRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    const [services, pods] = await Promise.all([this.#serviceRanges(signal), this.#podRanges(signal)]);
    return [...services, ...pods];
  }

  /** The two that give whole networks are asked side by side, since one of them is often forbidden. */
  async #serviceRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    const [objects, refusals] = await Promise.all([this.#serviceCidrs(signal), this.#rangesByRefusal(signal)]);
    return firstNonEmpty(objects, refusals) ?? this.#serviceAddresses(signal);
  }

  async #podRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    const nodes = await this.#nodeRanges(signal);
    return nodes.length > 0 ? nodes : this.#podAddresses(signal);
  }

  async #serviceCidrs(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return (await this.#list<ServiceCidrView>('/apis/networking.k8s.io/v1/servicecidrs', signal)).flatMap(rangesOfServiceCidr);
  }

  async #rangesByRefusal(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    const found = await Promise.all(rangeProbes.map((probe) => this.#refusalOf(probe, signal)));
    return found.flat().map((cidr) => ({ cidr, kind: 'service' as const, source: "the API's own error message" }));
  }

  async #refusalOf(probe: RangeProbe, signal: AbortSignal): Promise<readonly string[]> {
    const path = `/api/v1/namespaces/${encodeURIComponent(this.#kubeNamespace)}/services`;
    try {
      await this.#api.call({ method: 'POST', path, query: { dryRun: 'All' }, body: probe.body, signal });
      return [];
    } catch (error) {
      const status = error instanceof ClusterError ? error.details['status'] : undefined;
      // 422 is what was hoped for; an admission plugin may refuse with 400 or 403 before the address is looked at.
      if (!(error instanceof ClusterError) || (status !== 422 && status !== 400 && !isForbidden(error))) throw error;
      return rangesInRefusal(error.message);
    }
  }

  async #nodeRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return (await this.#list<NodeView>('/api/v1/nodes', signal)).flatMap(rangesOfNode);
  }

  async #serviceAddresses(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return unique((await this.#listWidely<ServiceView>('services', signal)).flatMap(rangesOfService));
  }

  async #podAddresses(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return unique((await this.#listWidely<PodAddressView>('pods', signal)).flatMap(rangesOfPod));
  }

  /** In all namespaces where that is allowed, else in the session's own. */
  async #listWidely<T>(resource: string, signal: AbortSignal): Promise<readonly T[]> {
    const everywhere = await this.#list<T>(`/api/v1/${resource}`, signal);
    return everywhere.length > 0
      ? everywhere
      : this.#list<T>(`/api/v1/namespaces/${encodeURIComponent(this.#kubeNamespace)}/${resource}`, signal);
  }

  /** Empty where the rights or the API's version don't give it. */
  async #list<T>(path: string, signal: AbortSignal): Promise<readonly T[]> {
    const items: T[] = [];
    let next: string | undefined;
    try {
      for (let page = 0; page < maxPages && (page === 0 || next); page++) {
        const query: Record<string, string> = { limit: pageSize, ...(next ? { continue: next } : {}) };
        const list: ListOf<T> = await this.#api.call<ListOf<T>>({ method: 'GET', path, query, signal });
        items.push(...(list.items ?? []));
        next = list.metadata?.continue;
      }
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
    return items;
  }
}

function firstNonEmpty<T>(...lists: readonly (readonly T[])[]): readonly T[] | undefined {
  return lists.find((list) => list.length > 0);
}

function unique(ranges: readonly ClusterRange[]): readonly ClusterRange[] {
  return [...new Map(ranges.map((range) => [range.cidr, range])).values()];
}

/** The rights don't give it, or this version of the API doesn't have it. */
function isForbidden(error: unknown): boolean {
  return error instanceof ClusterError && (error.details['status'] === 403 || error.details['status'] === 404);
}
