import { ClusterError, TunnelError, type AppError } from '../../domain/errors.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import type { ApiClient } from './api-client.ts';
import { watch } from './api-watch.ts';
import { cancellationOf, pause } from './cancellation.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { judgePod, type PodTrouble } from './pod-judgement.ts';
import { agentContainerOf, progressOf } from './pod-progress.ts';
import type { EventView, PodView } from './pod-view.ts';

/** Between two attempts to follow the pod again. */
const retryPauseMs = 250;

/** Between two knocks at the agent's port: Node takes 100 to 200 ms to start. */
const knockPauseMs = 40;

/** What a pod is followed with. */
export interface AgentPodWatchParts {
  readonly api: ApiClient;
  /** `/api/v1/namespaces/NAMESPACE/pods` */
  readonly podsPath: string;
  readonly timings: KubernetesTimings;
  readonly progress: (step: PodProgress) => void;
  /** To the agent's port. */
  readonly carrier: CarrierPort;
}

/**
 * Follows one pod until its agent listens or it is clear that it won't. Two ways tell that it listens, and the first one counts: the pod's readiness,
 * which the kubelet looks at once a second, and, from the container's start on, a knock at the port, which is a second earlier.
 */
export class AgentPodWatch {
  readonly #parts: AgentPodWatchParts;
  readonly #outcome = deferred<void>();
  readonly #told = new Set<string>();
  readonly #events: EventView[] = [];
  #pod: PodView;
  #unschedulableTimer: NodeJS.Timeout | undefined;
  readonly #started = deferred<void>();

  /** @param created - the API's answer to the pod's creation */
  constructor(parts: AgentPodWatchParts, created: PodView) {
    this.#parts = parts;
    this.#pod = created;
  }

  /** @throws ClusterError that names the trouble; CancelledError, or the signal's reason */
  async untilListening(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const onAbort = (): void => this.#outcome.reject(cancellationOf(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const timer = setTimeout(() => this.#outcome.reject(this.#timeout()), this.#parts.timings.podTimeoutMs);
    const followers = [this.#followPod(stop.signal), this.#followEvents(stop.signal), this.#knock(stop.signal)];
    for (const follower of followers) follower.catch((error: unknown) => this.#outcome.reject(error));
    try {
      await this.#outcome.promise;
    } finally {
      clearTimeout(timer);
      clearTimeout(this.#unschedulableTimer);
      signal.removeEventListener('abort', onAbort);
      stop.abort();
      await Promise.allSettled(followers);
    }
  }

  async #followPod(signal: AbortSignal): Promise<void> {
    const path = this.#parts.podsPath;
    const fieldSelector = `metadata.name=${this.#pod.metadata.name}`;
    this.#observe(this.#pod);
    while (!signal.aborted) {
      const resourceVersion = this.#pod.metadata.resourceVersion ?? '';
      for await (const { type, object } of watch<PodView>(this.#parts.api, { path, query: { fieldSelector, resourceVersion }, signal })) {
        if (type === 'DELETED') return this.#fail(gone(this.#pod.metadata.name));
        this.#observe(object);
      }
      this.#observe(await this.#readAgain(signal));
    }
  }

  /** After a watch ended; endures an API server that is away for a moment. */
  async #readAgain(signal: AbortSignal): Promise<PodView> {
    const attempts = Math.ceil(this.#parts.timings.apiOutageLimitMs / retryPauseMs);
    const path = `${this.#parts.podsPath}/${this.#pod.metadata.name}`;
    for (let attempt = 1; ; attempt++) {
      await pause(retryPauseMs, signal);
      try {
        return await this.#parts.api.call<PodView>({ method: 'GET', path, signal });
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === 'NOT_FOUND') throw new ClusterError(gone(this.#pod.metadata.name));
        if (code !== 'API_UNREACHABLE' || attempt >= attempts) throw error;
      }
    }
  }

  /** Events explain what the status only counts. Who may not read them does without. */
  async #followEvents(signal: AbortSignal): Promise<void> {
    const path = this.#parts.podsPath.replace(/\/pods$/, '/events');
    const fieldSelector = `involvedObject.name=${this.#pod.metadata.name}`;
    try {
      for await (const { type, object } of watch<EventView>(this.#parts.api, { path, query: { fieldSelector }, signal })) {
        if (type === 'DELETED' || object.involvedObject?.uid !== this.#pod.metadata.uid) continue;
        this.#events.push(object);
        this.#tellProgress();
      }
    } catch (error) {
      if (!(error instanceof ClusterError) && !signal.aborted) throw error;
    }
  }

  /** @throws (rejects) only what ends the wait by itself: other errors are left to the pod's status, which says more */
  async #knock(signal: AbortSignal): Promise<void> {
    await abortable(this.#started.promise, signal);
    while (!signal.aborted) {
      try {
        const channel = await this.#parts.carrier.dial(signal);
        channel.attach({ data: ignore, ended: ignore, drained: ignore, closed: ignore });
        channel.reset({ errno: 'ECONNRESET', message: 'it was just a knock' });
        this.#tell({ step: 'ready', detail: this.#pod.metadata.name });
        return this.#outcome.resolve();
      } catch (error) {
        if (!(error instanceof TunnelError)) return;
      }
      await pause(knockPauseMs, signal);
    }
  }

  #observe(pod: PodView): void {
    this.#pod = pod;
    this.#tellProgress();
    const judgement = judgePod(pod, this.#events);
    if (judgement.kind === 'ready') this.#outcome.resolve();
    else if (judgement.kind === 'trouble') this.#fail(judgement.trouble);
    else if (judgement.kind === 'unschedulable') this.#awaitNode(judgement.trouble);
    if (judgement.kind !== 'unschedulable') {
      clearTimeout(this.#unschedulableTimer);
      this.#unschedulableTimer = undefined;
    }
  }

  #awaitNode(trouble: PodTrouble): void {
    this.#tell({ step: 'waiting', detail: trouble.message });
    this.#unschedulableTimer ??= setTimeout(() => this.#fail(trouble), this.#parts.timings.unschedulableGraceMs);
  }

  #tellProgress(): void {
    for (const step of progressOf(this.#pod, this.#events)) this.#tell(step);
  }

  #tell(step: PodProgress): void {
    if (this.#told.has(step.step)) return;
    this.#told.add(step.step);
    if (step.step === 'started') this.#started.resolve();
    this.#parts.progress(step);
  }

  #fail({ container = agentContainerOf(this.#pod), ...trouble }: PodTrouble): void {
    if (trouble.code !== 'AGENT_CRASHED') return this.#outcome.reject(new ClusterError(trouble));
    void this.#logTail(container).then((log) => {
      this.#outcome.reject(new ClusterError(log === '' ? trouble : { ...trouble, message: `${trouble.message}\n${log}` }));
    });
  }

  /** The last lines of a container's log, each indented; empty where there is none to be had. */
  async #logTail(container: string): Promise<string> {
    const path = `${this.#parts.podsPath}/${this.#pod.metadata.name}/log`;
    const query = { container, tailLines: '10', limitBytes: '4096' };
    try {
      const text = await this.#parts.api.call<string>({
        method: 'GET',
        path,
        query,
        signal: AbortSignal.timeout(this.#parts.timings.connectTimeoutMs),
      });
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      return lines.map((line) => `  ${line}`).join('\n');
    } catch {
      // A container that never ran has no log; the trouble itself is what must be told.
      return '';
    }
  }

  #timeout(): AppError {
    const judgement = judgePod(this.#pod, this.#events);
    const state =
      judgement.kind === 'waiting' ? judgement.state : judgement.kind === 'unschedulable' ? judgement.trouble.message : judgement.kind;
    return new ClusterError({
      code: 'POD_TIMEOUT',
      message: `the pod ${this.#pod.metadata.name} didn't come up within ${this.#parts.timings.podTimeoutMs / 1000} s; last seen: ${state}`,
      hint: `see: kubectl describe pod ${this.#pod.metadata.name}; more time: timings.podReadyMs in inpod.yaml`,
    });
  }
}

function gone(name: string): PodTrouble {
  return {
    code: 'POD_GONE',
    message: `the pod ${name} was deleted`,
    hint: 'somebody, or a policy of the cluster, deleted it; see: kubectl get events',
  };
}

function ignore(): void {
  // A knock wants nothing of what the agent says.
}
