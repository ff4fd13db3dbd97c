import type { V1PersistentVolumeClaim, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { ClusterError } from '../../domain/errors.ts';
import { allDone } from '../../domain/promises.ts';
import { isAdopting, resourceOf } from '../../domain/workload/workload-kinds.ts';
import { describeWorkload, type WorkloadReference } from '../../domain/workload/workload-reference.ts';
import type { ApiClient } from './api-client.ts';
import { answerStatusOf, isNotFound } from './api-errors.ts';
import { watch, type WatchEvent } from './api-watch.ts';
import { fieldManager, replicasOwners } from './field-ownership.ts';
import { strictBudgets } from './strict-budgets.ts';
import { claimNames, type WorkloadObject, type WorkloadState, type WorkloadSurroundings } from './workload-object.ts';
import type { PatchOperation } from './workload-patches.ts';

/** @see {@link https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1/ | Scale} */
interface Scale {
  /** Without replicas where they are 0. */
  readonly spec?: { readonly replicas?: number };
}

/** Workloads of any kind, and what is about them, by the API. */
export class WorkloadObjects {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = kubeNamespace;
  }

  /** @throws ClusterError `NOT_FOUND` */
  async read(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadObject> {
    try {
      return await this.#get<WorkloadObject>(this.#at(reference), signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new ClusterError({
        code: 'NOT_FOUND',
        message: `there is no ${describeWorkload(reference)} in the namespace`,
        hint: `see what there is: kubectl get ${resourceOf(reference).plural} -n ${this.#kubeNamespace}`,
        cause: error,
      });
    }
  }

  /** @throws ClusterError `NOT_FOUND` */
  async readState(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadState> {
    const object = await this.read(reference, signal);
    const replicas = object.spec?.replicas;
    if (replicas !== undefined) return { object, hasReplicas: true, replicas, owners: replicasOwners(object.metadata) };
    const scale = await this.#readScale(reference, signal);
    return { object, hasReplicas: false, replicas: scale && (scale.spec?.replicas ?? 0), owners: [] };
  }

  async readSurroundings(reference: WorkloadReference, { object }: WorkloadState, signal: AbortSignal): Promise<WorkloadSurroundings> {
    const claims = claimNames(object).map((name) =>
      this.#get<V1PersistentVolumeClaim>(`${this.#folder('', 'v1')}/persistentvolumeclaims/${encodeURIComponent(name)}`, signal),
    );
    return {
      claims: await allDone(claims),
      strictBudgets: isAdopting(reference) ? strictBudgets(await this.#budgets(signal), object) : [],
    };
  }

  /** Its changes, beginning with what it is. Returns when the watch ended, as `watch` does. */
  watch(reference: WorkloadReference, signal: AbortSignal): AsyncGenerator<WatchEvent<WorkloadObject>, void, undefined> {
    const query = { fieldSelector: `metadata.name=${reference.name}` };
    return watch<WorkloadObject>(this.#api, { path: this.#allOf(reference), query, signal });
  }

  /** @param place - of the operations' paths: the object, or its `scale` subresource @returns `refused`: a test failed (422), or somebody wrote at the same time (409) */
  async patch(
    reference: WorkloadReference,
    place: 'object' | 'scale',
    body: readonly PatchOperation[],
    signal: AbortSignal,
  ): Promise<'done' | 'refused'> {
    const path = place === 'scale' ? `${this.#at(reference)}/scale` : this.#at(reference);
    const contentType = 'application/json-patch+json';
    try {
      await this.#api.call({ method: 'PATCH', path, query: { fieldManager }, body, contentType, signal });
      return 'done';
    } catch (error) {
      const status = answerStatusOf(error);
      if (status === 422 || status === 409) return 'refused';
      throw error;
    }
  }

  /** Kubernetes' own kinds that can be scaled have their replicas in the object. */
  async #readScale(reference: WorkloadReference, signal: AbortSignal): Promise<Scale | undefined> {
    if (reference.resource === undefined) return undefined;
    try {
      return await this.#get<Scale>(`${this.#at(reference)}/scale`, signal);
    } catch (error) {
      if (isNotFound(error) || hasNoReplicas(error)) return undefined;
      throw error;
    }
  }

  async #budgets(signal: AbortSignal): Promise<readonly V1PodDisruptionBudget[]> {
    const path = `${this.#folder('policy', 'v1')}/poddisruptionbudgets`;
    return (await this.#get<{ readonly items?: readonly V1PodDisruptionBudget[] }>(path, signal)).items ?? [];
  }

  #get<T>(path: string, signal: AbortSignal): Promise<T> {
    return this.#api.call<T>({ method: 'GET', path, signal });
  }

  #at(reference: WorkloadReference): string {
    return `${this.#allOf(reference)}/${encodeURIComponent(reference.name)}`;
  }

  #allOf(reference: WorkloadReference): string {
    const { group, version, plural } = resourceOf(reference);
    return `${this.#folder(group, version)}/${plural}`;
  }

  #folder(group: string, version: string): string {
    const root = group === '' ? '/api' : `/apis/${encodeURIComponent(group)}`;
    return `${root}/${encodeURIComponent(version)}/namespaces/${encodeURIComponent(this.#kubeNamespace)}`;
  }
}

/** A custom resource that leaves its replicas to the default of its controller, which the API doesn't know. */
function hasNoReplicas(error: unknown): boolean {
  return answerStatusOf(error) === 500 && /replicas field .* does not exist/.test(String(error));
}
