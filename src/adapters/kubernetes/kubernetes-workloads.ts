import type { V1LabelSelector, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { ClusterError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { GivenBack, ScaleDown, Workloads } from '../../domain/ports/cluster/workloads.ts';
import { allDone } from '../../domain/promises.ts';
import { taken } from '../../domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import { describeWorkload, type WorkloadKind, type WorkloadReference } from '../../domain/workload/workload-reference.ts';
import type { ApiClient } from './api-client.ts';
import { answerStatusOf, isNotFound } from './api-errors.ts';
import { fieldManager, ownershipGivenBack } from './field-ownership.ts';
import { ServiceRoutes, servicesFor, withoutServices, type SelectingService } from './service-routes.ts';
import { WorkloadPods } from './workload-pods.ts';
import { claimNames, markAnnotation, markOf, workloadFacts, type WorkloadObject } from './workload-view.ts';

const plurals: Readonly<Record<WorkloadKind, string>> = { Deployment: 'deployments', StatefulSet: 'statefulsets' };

/** Where the mark is, as a JSON pointer (RFC 6901). */
const markPointer = `/metadata/annotations/${markAnnotation.replaceAll('/', '~1')}`;

/** Somebody else may write at the same time; so often it is read and tried again. */
const maxAttempts = 8;

/** One operation of a JSON Patch (RFC 6902). */
type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Deployments and StatefulSets by the API. Every write tests what it builds upon, so that of two sessions one loses. */
export class KubernetesWorkloads implements Workloads {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;
  readonly #base: string;
  readonly #claimsPath: string;
  readonly #pods: WorkloadPods;
  readonly #routes: ServiceRoutes;

  constructor(api: ApiClient, kubeNamespace: string) {
    const namespace = encodeURIComponent(kubeNamespace);
    this.#api = api;
    this.#kubeNamespace = kubeNamespace;
    this.#base = `/apis/apps/v1/namespaces/${namespace}`;
    this.#claimsPath = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    this.#pods = new WorkloadPods(api, kubeNamespace);
    this.#routes = new ServiceRoutes(api, kubeNamespace);
  }

  async readWorkload(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadFacts> {
    const object = await this.readObject(reference, signal);
    const claims = claimNames(object).map((name) =>
      this.#api.call<V1PersistentVolumeClaim>({ method: 'GET', path: `${this.#claimsPath}/${encodeURIComponent(name)}`, signal }),
    );
    return workloadFacts(reference.kind, object, await allDone(claims));
  }

  /** The object itself, for its template. @throws ClusterError `NOT_FOUND` */
  async readObject(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadObject> {
    try {
      return await this.#api.call<WorkloadObject>({ method: 'GET', path: this.#at(reference), signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new ClusterError({
        code: 'NOT_FOUND',
        message: `there is no ${describeWorkload(reference)} in the namespace`,
        hint: `see what there is: kubectl get ${plurals[reference.kind]} -n ${this.#kubeNamespace}`,
        cause: error,
      });
    }
  }

  async markWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const { metadata, spec } = await this.readObject(hold, signal);
      const mark = markOf(metadata);
      if (isSame(mark, hold.mark)) return;
      if (mark) throw taken(describeWorkload(hold), mark);
      if ((spec?.replicas ?? 1) !== hold.mark.replicas) throw changed(hold, 'was scaled meanwhile');
      if ((await this.#patch(hold, marking(hold, metadata?.annotations !== undefined), signal)) === 'done') return;
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  async scaleDown(hold: WorkloadHold, how: ScaleDown, owner: LeaseReference, signal: AbortSignal): Promise<void> {
    const object = await this.readObject(hold, signal);
    if (object.spec?.replicas === 0 && isSame(markOf(object.metadata), hold.mark)) return;
    const services = how === 'serving-on' ? await this.#routes.selecting(signal) : [];
    const pods = how === 'serving-on' ? await this.#pods.of(selectorOf(object), signal) : [];
    // The two writes are close together: in between, the controller makes replacements for the pods that left.
    await allDone(
      pods.map((pod) => {
        const left = servicesFor(services, pod.metadata?.labels ?? {});
        return left.length === 0
          ? Promise.resolve()
          : this.#pods.orphan(pod.metadata?.name ?? '', withoutServices(left), { owner, mark: hold.mark }, signal);
      }),
    );
    const operations: PatchOperation[] = [
      { op: 'test', path: markPointer, value: textOf(hold) },
      { op: 'test', path: '/spec/replicas', value: hold.mark.replicas },
      { op: 'replace', path: '/spec/replicas', value: 0 },
    ];
    if ((await this.#patch(hold, operations, signal)) === 'refused') throw changed(hold, 'was scaled, or taken, by somebody else');
  }

  endOrphans(sessionId: string, signal: AbortSignal): Promise<void> {
    return this.#pods.endOrphans(sessionId, signal);
  }

  async untilScaledDown(reference: WorkloadReference, signal: AbortSignal): Promise<void> {
    await this.#pods.untilNone(selectorOf(await this.readObject(reference, signal)), signal);
  }

  async giveBackWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<GivenBack> {
    try {
      const outcome = await this.#unmark(hold, signal);
      await this.#giveOwnershipBack(hold, signal);
      return outcome;
    } catch (error) {
      if (isNotFound(error)) return 'left-alone';
      throw error;
    }
  }

  async untilRouted(podName: string, signal: AbortSignal): Promise<readonly string[]> {
    const services = namesOf(await this.#servicesOf(podName, signal));
    await this.#routes.untilEach(services, (name) => name === podName, signal);
    return services;
  }

  async untilServedWithout(besides: string, signal: AbortSignal): Promise<readonly string[]> {
    const services = namesOf(await this.#servicesOf(besides, signal));
    const endpoints = await this.#routes.untilEach(services, (name) => name !== besides, signal);
    return [...new Set(endpoints.flatMap(({ addresses }) => addresses[0] ?? []))];
  }

  async withdrawPod(podName: string, signal: AbortSignal): Promise<void> {
    await this.#pods.relabel(podName, withoutServices(await this.#servicesOf(podName, signal)), signal);
  }

  /** As often as somebody else writes in between. */
  async #unmark(hold: WorkloadHold, signal: AbortSignal): Promise<GivenBack> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const object = await this.readObject(hold, signal);
      if (!isSame(markOf(object.metadata), hold.mark)) return 'left-alone';
      const isOurs = object.spec?.replicas === 0;
      if ((await this.#patch(hold, unmarking(object, isOurs ? hold.mark.replicas : undefined), signal)) === 'done')
        return isOurs ? 'restored' : 'unmarked';
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  /** A second write: in the one that scales, the API keeps its own books. The list is read anew each time, since an old one would take from others. */
  async #giveOwnershipBack(hold: WorkloadHold, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const { metadata } = await this.readObject(hold, signal);
      const value = ownershipGivenBack(metadata?.managedFields ?? [], hold.replicasOwners);
      if (!value) return;
      const operations: PatchOperation[] = [
        { op: 'test', path: '/metadata/resourceVersion', value: metadata?.resourceVersion ?? '' },
        { op: 'replace', path: '/metadata/managedFields', value },
      ];
      if ((await this.#patch(hold, operations, signal)) === 'done') return;
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  async #servicesOf(podName: string, signal: AbortSignal): Promise<readonly SelectingService[]> {
    const [labels, services] = await allDone([this.#pods.labelsOf(podName, signal), this.#routes.selecting(signal)]);
    return servicesFor(services, labels);
  }

  /** `refused`: a test failed (422), or somebody wrote at the same time (409). */
  async #patch(reference: WorkloadReference, body: readonly PatchOperation[], signal: AbortSignal): Promise<'done' | 'refused'> {
    const contentType = 'application/json-patch+json';
    try {
      await this.#api.call({ method: 'PATCH', path: this.#at(reference), query: { fieldManager }, body, contentType, signal });
      return 'done';
    } catch (error) {
      const status = answerStatusOf(error);
      if (status === 422 || status === 409) return 'refused';
      throw error;
    }
  }

  #at({ kind, name }: WorkloadReference): string {
    return `${this.#base}/${plurals[kind]}/${encodeURIComponent(name)}`;
  }
}

/** Only where nobody marked or scaled it since it was read. */
function marking(hold: WorkloadHold, hasAnnotations: boolean): readonly PatchOperation[] {
  const free: readonly PatchOperation[] = hasAnnotations
    ? [{ op: 'test', path: markPointer, value: null }]
    : [
        { op: 'test', path: '/metadata/annotations', value: null },
        { op: 'add', path: '/metadata/annotations', value: {} },
      ];
  return [
    ...free,
    { op: 'test', path: '/spec/replicas', value: hold.mark.replicas },
    { op: 'add', path: markPointer, value: textOf(hold) },
  ];
}

/** @param replicas - what it gets back; `undefined` where somebody else scaled it */
function unmarking({ metadata, spec }: WorkloadObject, replicas: number | undefined): readonly PatchOperation[] {
  return [
    { op: 'test', path: markPointer, value: metadata?.annotations?.[markAnnotation] ?? '' },
    { op: 'test', path: '/spec/replicas', value: spec?.replicas ?? 1 },
    ...(replicas === undefined ? [] : [{ op: 'replace', path: '/spec/replicas', value: replicas } as const]),
    { op: 'remove', path: markPointer },
  ];
}

function namesOf(services: readonly SelectingService[]): readonly string[] {
  return services.map(({ name }) => name);
}

function selectorOf({ spec }: WorkloadObject): V1LabelSelector {
  return spec?.selector ?? {};
}

/** The same text each time, so that the API can compare. */
function textOf({ mark: { version, lease, holder, replicas } }: WorkloadHold): string {
  return JSON.stringify({ version, lease, holder, replicas });
}

function isSame(found: WorkloadMark | undefined, ours: WorkloadMark): boolean {
  return found?.lease === ours.lease;
}

function changed(reference: WorkloadReference, how: string): ClusterError {
  return new ClusterError({
    code: 'CONFLICT',
    message: `${describeWorkload(reference)} ${how}`,
    hint: `see who changes it: kubectl get ${describeWorkload(reference)} -o yaml --show-managed-fields`,
  });
}
