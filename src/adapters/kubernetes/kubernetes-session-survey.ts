import type { V1Lease, V1ObjectMeta, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { ClusterError } from '../../domain/errors.ts';
import type { SessionObjects, SessionSurvey, SurveyedLease, SurveyedPod } from '../../domain/ports/cluster/session-survey.ts';
import { allDone } from '../../domain/promises.ts';
import { sessionLabel, sessionPodSelector } from './agent-pod-manifest.ts';
import type { ApiClient } from './api-client.ts';
import { holdOf, lastWrittenMs, wallMs } from './lease-view.ts';
import { budgetsThatKeep } from './strict-budgets.ts';

/** As JSON has it: times are texts. */
type Listed<T> = { readonly items?: readonly T[] };

/** Lists what carries the session's label. */
export class KubernetesSessionSurvey implements SessionSurvey {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = encodeURIComponent(kubeNamespace);
  }

  async listSessions(signal: AbortSignal): Promise<SessionObjects> {
    const [leases, pods, budgets = []] = await allDone([
      this.#list<V1Lease>(this.#all('coordination.k8s.io/v1', 'leases'), sessionLabel, signal),
      this.#list<V1Pod>(`/api/v1/namespaces/${this.#kubeNamespace}/pods`, sessionPodSelector, signal),
      this.#list<V1PodDisruptionBudget>(this.#all('policy/v1', 'poddisruptionbudgets'), '', signal),
    ]);
    return {
      leases: leases?.map(surveyedLease) ?? [],
      pods: pods?.map((pod) => surveyedPod(pod, budgets)) ?? [],
      unreadable: [...(leases ? [] : ['leases' as const]), ...(pods ? [] : ['pods' as const])],
    };
  }

  #all(groupVersion: string, plural: string): string {
    return `/apis/${groupVersion}/namespaces/${this.#kubeNamespace}/${plural}`;
  }

  /** @returns `undefined` where the user may not */
  async #list<T>(path: string, labelSelector: string, signal: AbortSignal): Promise<readonly T[] | undefined> {
    try {
      const { items } = await this.#api.call<Listed<T>>({
        method: 'GET',
        path,
        query: labelSelector === '' ? {} : { labelSelector },
        signal,
      });
      return items ?? [];
    } catch (error) {
      if (error instanceof ClusterError && error.code === 'FORBIDDEN') return undefined;
      throw error;
    }
  }
}

function surveyedLease({ metadata, spec }: V1Lease): SurveyedLease {
  return {
    sessionId: sessionOf(metadata),
    holder: spec?.holderIdentity ?? '',
    renewedWallMs: lastWrittenMs(metadata),
    durationSeconds: spec?.leaseDurationSeconds ?? 0,
    createdWallMs: wallMs(metadata?.creationTimestamp),
    hold: holdOf(metadata),
  };
}

function surveyedPod({ metadata, status }: V1Pod, allBudgets: readonly V1PodDisruptionBudget[]): SurveyedPod {
  const phase = metadata?.deletionTimestamp === undefined ? (status?.phase ?? 'Unknown') : 'Terminating';
  const budgets = budgetsThatKeep(allBudgets, metadata?.labels ?? {});
  return {
    sessionId: sessionOf(metadata),
    name: metadata?.name ?? '',
    phase,
    createdWallMs: wallMs(metadata?.creationTimestamp),
    ...(budgets.length === 0 ? {} : { budgets }),
  };
}

function sessionOf(metadata: V1ObjectMeta | undefined): string {
  return metadata?.labels?.[sessionLabel] ?? '';
}
