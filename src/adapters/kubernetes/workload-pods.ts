import type { V1LabelSelector, V1Pod, V1PodList } from '@kubernetes/client-node';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import { allDone } from '../../domain/promises.ts';
import { sessionOf, type WorkloadMark } from '../../domain/workload/workload-facts.ts';
import { ownerReferences, sessionLabel, sessionLabels } from './agent-pod-manifest.ts';
import type { ApiClient } from './api-client.ts';
import { unlessGone } from './api-errors.ts';
import { watch } from './api-watch.ts';

type Labels = Readonly<Record<string, string>>;

/** The pods of a workload, and those that left it. */
export class WorkloadPods {
  readonly #api: ApiClient;
  readonly #path: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${encodeURIComponent(kubeNamespace)}/pods`;
  }

  /** Pods that a controller has, and that `selector` selects. */
  of(selector: V1LabelSelector, signal: AbortSignal): Promise<readonly V1Pod[]> {
    return this.#list(`${selectorText(selector)},${notOurs}`, signal);
  }

  async labelsOf(podName: string, signal: AbortSignal): Promise<Labels> {
    const { metadata } = await this.#api.call<V1Pod>({ method: 'GET', path: this.#at(podName), signal });
    return metadata?.labels ?? {};
  }

  /** @param labels - a merge patch (RFC 7386): null takes one off */
  async relabel(podName: string, labels: Readonly<Record<string, string | null>>, signal: AbortSignal): Promise<void> {
    await this.#patch(podName, { metadata: { labels } }, signal);
  }

  /** Takes a pod from its controller and its Services; it ends with the Lease. One that is gone is fine. */
  async orphan(
    podName: string,
    without: Readonly<Record<string, null>>,
    { owner, mark }: { readonly owner: LeaseReference; readonly mark: WorkloadMark },
    signal: AbortSignal,
  ): Promise<void> {
    const labels = { ...without, ...sessionLabels(sessionOf(mark), 'orphan') };
    await unlessGone(this.#patch(podName, { metadata: { labels, ...ownerReferences(owner) } }, signal));
  }

  /** Their own grace period is theirs. */
  async endOrphans(sessionId: string, signal: AbortSignal): Promise<void> {
    const orphans = await this.#list(selectorText({ matchLabels: sessionLabels(sessionId, 'orphan') }), signal);
    await allDone(
      orphans.map(({ metadata }) => unlessGone(this.#api.call({ method: 'DELETE', path: this.#at(metadata?.name ?? ''), signal }))),
    );
  }

  /** Until `selector` selects no pod but ours. */
  async untilNone(selector: V1LabelSelector, signal: AbortSignal): Promise<void> {
    const labelSelector = `${selectorText(selector)},${notOurs}`;
    for (;;) {
      const { items = [], metadata } = await this.#read(labelSelector, signal);
      if (items.length === 0) return;
      await this.#untilOneGoes({ labelSelector, resourceVersion: metadata?.resourceVersion ?? '' }, signal);
    }
  }

  /** Also returns when the watch ends: what is left is read again. */
  async #untilOneGoes(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    for await (const { type } of watch<V1Pod>(this.#api, { path: this.#path, query, signal })) {
      if (type === 'DELETED') return;
    }
  }

  async #list(labelSelector: string, signal: AbortSignal): Promise<readonly V1Pod[]> {
    return (await this.#read(labelSelector, signal)).items ?? [];
  }

  #read(labelSelector: string, signal: AbortSignal): Promise<Partial<V1PodList>> {
    return this.#api.call({ method: 'GET', path: this.#path, query: { labelSelector }, signal });
  }

  async #patch(podName: string, body: object, signal: AbortSignal): Promise<void> {
    const contentType = 'application/merge-patch+json';
    await this.#api.call({ method: 'PATCH', path: this.#at(podName), body, contentType, signal });
  }

  #at(podName: string): string {
    return `${this.#path}/${encodeURIComponent(podName)}`;
  }
}

/** Our own pods have the workload's labels, but aren't its. */
const notOurs = `!${sessionLabel}`;

/** A merge patch's labels with which a selector selects a pod no more, so that its controller doesn't take it back. */
export function withoutSelector({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): Readonly<Record<string, null>> {
  const keys = [
    ...Object.keys(matchLabels),
    ...matchExpressions.flatMap(({ key, operator }) => (['In', 'Exists'].includes(operator) ? [key] : [])),
  ];
  return Object.fromEntries(keys.map((key) => [key, null]));
}

/** As the API's `labelSelector` has it. @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api | Labels} */
function selectorText({ matchLabels, matchExpressions }: V1LabelSelector): string {
  const equal = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    return operator === 'DoesNotExist' ? `!${key}` : `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...equal, ...others].join(',');
}
