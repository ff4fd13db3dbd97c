import { AppError, ClusterError } from '../../domain/errors.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type { ApiClient } from './api-client.ts';
import { watch, type WatchEvent } from './api-watch.ts';
import { pause } from './cancellation.ts';
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

/** What is watched, and what its objects say. */
interface Source {
  /** Tried in this order; the first that is allowed is it. */
  readonly paths: readonly string[];
  readonly rangesOf: (object: unknown) => readonly ClusterRange[];
}

/** Between two watches of one source: after its time limit, or while the API is away. */
const pauseMs = 5000;

/** Watches the objects that ranges come from: networks where those are known, else addresses one by one. */
export class RangeWatch {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = encodeURIComponent(kubeNamespace);
  }

  /** As `ClusterRanges.watchRanges`. */
  async follow(known: readonly ClusterRange[], found: (range: ClusterRange) => void, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#sources(known).map((source) => this.#followSource(source, found, signal)));
  }

  /** Pods of the own namespace alone: all pods of a cluster come and go all the time, and others are found by their names. */
  #sources(known: readonly ClusterRange[]): readonly Source[] {
    const hasNetworks = (kind: ClusterRange['kind']): boolean =>
      known.some((range) => range.kind === kind && !/\/(32|128)$/.test(range.cidr));
    const own = `/api/v1/namespaces/${this.#kubeNamespace}`;
    return [
      hasNetworks('service')
        ? { paths: ['/apis/networking.k8s.io/v1/servicecidrs'], rangesOf: (object) => rangesOfServiceCidr(object as ServiceCidrView) }
        : { paths: ['/api/v1/services', `${own}/services`], rangesOf: (object) => rangesOfService(object as ServiceView) },
      hasNetworks('pod')
        ? { paths: ['/api/v1/nodes'], rangesOf: (object) => rangesOfNode(object as NodeView) }
        : { paths: [`${own}/pods`], rangesOf: (object) => rangesOfPod(object as PodAddressView) },
    ];
  }

  async #followSource({ paths, rangesOf }: Source, found: (range: ClusterRange) => void, signal: AbortSignal): Promise<void> {
    const [path, ...others] = paths;
    while (path !== undefined && !signal.aborted) {
      try {
        const changes: AsyncIterable<WatchEvent<unknown>> = watch(this.#api, { path, query: {}, signal });
        for await (const { type, object } of changes) if (type !== 'DELETED') rangesOf(object).forEach(found);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (isMissing(error)) return this.#followSource({ paths: others, rangesOf }, found, signal);
        // The API is away, or the session has ended: the loop sees which.
      }
      await pause(pauseMs, signal).catch(() => undefined);
    }
  }
}

/** The rights don't give it, or this version of the API doesn't have it. */
function isMissing(error: unknown): boolean {
  return error instanceof ClusterError && (error.details['status'] === 403 || error.details['status'] === 404);
}
