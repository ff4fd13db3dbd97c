import { ClusterError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { GivenBack, Meddling, ScaleDown, Workloads } from '../../domain/ports/cluster/workloads.ts';
import { allDone } from '../../domain/promises.ts';
import { taken } from '../../domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import { describeWorkload, type WorkloadReference, type WorkloadTarget } from '../../domain/workload/workload-reference.ts';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './api-errors.ts';
import { pause } from './cancellation.ts';
import { fieldManager, ownershipGivenBack } from './field-ownership.ts';
import { KindDiscovery } from './kind-discovery.ts';
import { ServiceRoutes, servicesFor, withoutServices, type SelectingService } from './service-routes.ts';
import { selectorOf, type WorkloadObject, type WorkloadState } from './workload-object.ts';
import { WorkloadObjects } from './workload-objects.ts';
import { marking, owning, scalingApart, scalingDown, unmarking } from './workload-patches.ts';
import { withoutSelector, WorkloadPods } from './workload-pods.ts';
import { isUnseen, markOf, workloadFacts } from './workload-view.ts';

/** Somebody else may write at the same time; so often it is read and tried again. */
const maxAttempts = 8;

/** A controller takes milliseconds to see a change; after these looks it is taken for away. */
const maxLooks = 20;
const lookMs = 100;

/**
 * Workloads by the API. Every write tests what it builds upon, so that of two sessions one loses. Where an object has its replicas itself, mark and replicas go in one
 * write; else the mark comes first and goes last, and the `scale` subresource in between.
 */
export class KubernetesWorkloads implements Workloads {
  readonly #objects: WorkloadObjects;
  readonly #kinds: KindDiscovery;
  readonly #pods: WorkloadPods;
  readonly #routes: ServiceRoutes;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#objects = new WorkloadObjects(api, kubeNamespace);
    this.#kinds = new KindDiscovery(api);
    this.#pods = new WorkloadPods(api, kubeNamespace);
    this.#routes = new ServiceRoutes(api, kubeNamespace);
  }

  resolveWorkload(target: WorkloadTarget, signal: AbortSignal): Promise<WorkloadReference> {
    return this.#kinds.resolve(target, signal);
  }

  async readWorkload(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadFacts> {
    const state = await this.#stateSeen(reference, signal);
    return workloadFacts(reference, state, await this.#objects.readSurroundings(reference, state, signal));
  }

  /** The object itself, for its template. @throws ClusterError `NOT_FOUND` */
  readObject(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadObject> {
    return this.#objects.read(reference, signal);
  }

  async markWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const state = await this.#objects.readState(hold, signal);
      const mark = markOf(state.object.metadata);
      if (isSame(mark, hold.mark)) return;
      if (mark) throw taken(describeWorkload(hold), mark);
      if (state.replicas !== hold.mark.replicas) throw changed(hold, 'was scaled meanwhile');
      if ((await this.#objects.patch(hold, 'object', marking(hold, state), signal)) === 'done') return;
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  async scaleDown(hold: WorkloadHold, how: ScaleDown, owner: LeaseReference, signal: AbortSignal): Promise<void> {
    const state = await this.#objects.readState(hold, signal);
    if (!isSame(markOf(state.object.metadata), hold.mark)) throw changed(hold, 'was taken by somebody else');
    if (state.replicas === 0) return;
    if (how === 'serving-on') await this.#spare(hold, state.object, owner, signal);
    const [place, operations] = state.hasReplicas
      ? (['object', scalingDown(hold)] as const)
      : (['scale', scalingApart(hold.mark.replicas, 0)] as const);
    if ((await this.#objects.patch(hold, place, operations, signal)) === 'refused')
      throw changed(hold, 'was scaled, or taken, by somebody else');
  }

  endOrphans(sessionId: string, signal: AbortSignal): Promise<void> {
    return this.#pods.endOrphans(sessionId, signal);
  }

  async untilScaledDown(reference: WorkloadReference, signal: AbortSignal): Promise<void> {
    await this.#pods.untilNone(selectorOf(await this.readObject(reference, signal)), signal);
  }

  async untilMeddled(hold: WorkloadHold, signal: AbortSignal): Promise<Meddling> {
    try {
      for (;;) {
        // What happened before a watch begins is among its first events, but for a deletion: that's what reading is for.
        const before = await this.#meddlingWith(hold, signal);
        if (before) return before;
        for await (const { type } of this.#objects.watch(hold, signal)) {
          if (type === 'DELETED') return { did: 'deleted' };
          const seen = await this.#meddlingWith(hold, signal);
          if (seen) return seen;
        }
      }
    } catch (error) {
      if (isNotFound(error)) return { did: 'deleted' };
      throw error;
    }
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

  async #meddlingWith(hold: WorkloadHold, signal: AbortSignal): Promise<Meddling | undefined> {
    const { object, replicas, owners } = await this.#objects.readState(hold, signal);
    if (object.metadata?.deletionTimestamp !== undefined) return { did: 'deleted' };
    if (replicas === 0) return undefined;
    return { did: 'scaled', by: owners.find(({ manager }) => manager !== fieldManager)?.manager ?? 'somebody else' };
  }

  /** What its status says is of its last change only once its controller has seen that, which it tells by the generation. Each change of ours is one too. */
  async #stateSeen(reference: WorkloadReference, signal: AbortSignal): Promise<WorkloadState> {
    for (let look = 1; ; look++) {
      const state = await this.#objects.readState(reference, signal);
      if (look === maxLooks || !isUnseen(state.object)) return state;
      await pause(lookMs, signal);
    }
  }

  /** Takes the pods that Services lead to out of them, and from the workload. The scaling follows at once: in between, the controller makes replacements. */
  async #spare({ mark }: WorkloadHold, object: WorkloadObject, owner: LeaseReference, signal: AbortSignal): Promise<void> {
    const selector = selectorOf(object);
    const [services, pods] = await allDone([this.#routes.selecting(signal), this.#pods.of(selector, signal)]);
    await allDone(
      pods.map(async (pod) => {
        const left = servicesFor(services, pod.metadata?.labels ?? {});
        if (left.length === 0) return;
        const without = { ...withoutServices(left), ...withoutSelector(selector) };
        await this.#pods.orphan(pod.metadata?.name ?? '', without, { owner, mark }, signal);
      }),
    );
  }

  /** As often as somebody else writes in between. */
  async #unmark(hold: WorkloadHold, signal: AbortSignal): Promise<GivenBack> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const state = await this.#objects.readState(hold, signal);
      if (!isSame(markOf(state.object.metadata), hold.mark)) return 'left-alone';
      const isOurs = state.replicas === 0;
      if ((await this.#restore(hold, state, isOurs ? hold.mark.replicas : undefined, signal)) === 'done')
        return isOurs ? 'restored' : 'unmarked';
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  async #restore(hold: WorkloadHold, state: WorkloadState, replicas: number | undefined, signal: AbortSignal): Promise<'done' | 'refused'> {
    if (!state.hasReplicas && replicas !== undefined) {
      const scaled = await this.#objects.patch(hold, 'scale', scalingApart(0, replicas), signal);
      if (scaled === 'refused') return scaled;
    }
    return this.#objects.patch(hold, 'object', unmarking(state, replicas), signal);
  }

  /** A second write: in the one that scales, the API keeps its own books. The list is read anew each time, since an old one would take from others. */
  async #giveOwnershipBack(hold: WorkloadHold, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const { metadata } = await this.#objects.read(hold, signal);
      const managedFields = ownershipGivenBack(metadata?.managedFields ?? [], hold.replicasOwners);
      if (!managedFields) return;
      const operations = owning(metadata?.resourceVersion ?? '', managedFields);
      if ((await this.#objects.patch(hold, 'object', operations, signal)) === 'done') return;
    }
    throw changed(hold, 'is being written by somebody else all the time');
  }

  async #servicesOf(podName: string, signal: AbortSignal): Promise<readonly SelectingService[]> {
    const [labels, services] = await allDone([this.#pods.labelsOf(podName, signal), this.#routes.selecting(signal)]);
    return servicesFor(services, labels);
  }
}

function namesOf(services: readonly SelectingService[]): readonly string[] {
  return services.map(({ name }) => name);
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
