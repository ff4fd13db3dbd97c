import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { AgentPods, AgentPodSpec, PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import { abortable, allDone } from '../../domain/promises.ts';
import { agentPodManifest, type AgentPodParts } from './agent-pod-manifest.ts';
import { AgentPodWatch } from './agent-pod-watch.ts';
import { agentSecretManifest } from './agent-secret-manifest.ts';
import { agentServiceManifest } from './agent-service-manifest.ts';
import type { ApiClient } from './api-client.ts';
import { isBeingDeleted } from './api-errors.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import type { KubernetesWorkloads } from './kubernetes-workloads.ts';
import type { PodView } from './pod-view.ts';
import { templatePodManifest } from './template-pod-manifest.ts';

/** What agent pods are made with. */
export interface KubernetesAgentPodsParts {
  readonly api: ApiClient;
  readonly kubeNamespace: string;
  readonly timings: KubernetesTimings;
  /** Streams to the agent's port of a pod. */
  readonly carrierTo: (podName: string) => CarrierPort;
  readonly workloads: KubernetesWorkloads;
}

/** A pod takes a second or two to go. */
const namePauseMs = 250;

/** The session's pod, with its Secret and its Service. */
export class KubernetesAgentPods implements AgentPods {
  readonly #api: ApiClient;
  readonly #base: string;
  readonly #timings: KubernetesTimings;
  readonly #carrierTo: (podName: string) => CarrierPort;
  readonly #workloads: KubernetesWorkloads;

  constructor({ api, kubeNamespace, timings, carrierTo, workloads }: KubernetesAgentPodsParts) {
    this.#carrierTo = carrierTo;
    this.#workloads = workloads;
    this.#api = api;
    this.#base = `/api/v1/namespaces/${encodeURIComponent(kubeNamespace)}`;
    this.#timings = timings;
  }

  /** Who runs a command of the same `--name` again finds the pod of the last time on its way out: that is waited for. */
  async dryRunAgentPod(spec: Omit<AgentPodSpec, 'owner'>, signal: AbortSignal): Promise<void> {
    for (const until = Date.now() + this.#timings.nameLimitMs; ; await abortable(sleep(namePauseMs), signal)) {
      try {
        await this.#post(spec, { dryRun: 'All' }, signal);
        return;
      } catch (error) {
        if (!isBeingDeleted(error) || Date.now() >= until) throw error;
      }
    }
  }

  async createAgentPod(spec: AgentPodSpec, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<void> {
    const created = await this.#post(spec, {}, signal);
    const carrier = this.#carrierTo(spec.podName);
    await new AgentPodWatch(
      { api: this.#api, podsPath: `${this.#base}/pods`, timings: this.#timings, progress, carrier },
      created,
    ).untilListening(signal);
  }

  /** Side by side: a Secret that comes after its pod delays it by a second, one that comes before costs its own time. The pod's refusal is told first. */
  async #post(
    spec: Omit<AgentPodSpec, 'owner'> & Partial<AgentPodSpec>,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<PodView> {
    const secretName = secretNameOf(spec.sessionId);
    const pod = await this.#manifest(spec, secretName, signal);
    const secret = agentSecretManifest(secretName, spec, spec.payload);
    const [created] = await allDone<[PodView, unknown, unknown]>([
      this.#api.call<PodView>({ method: 'POST', path: `${this.#base}/pods`, query, body: pod, signal }),
      this.#api.call({ method: 'POST', path: `${this.#base}/secrets`, query, body: secret, signal }),
      this.#postService(spec, query, signal),
    ]);
    return created;
  }

  async #manifest(spec: AgentPodParts, secretName: string, signal: AbortSignal): Promise<V1Pod> {
    const { template } = spec;
    if (template === undefined) return agentPodManifest(spec, secretName);
    return templatePodManifest(await this.#workloads.readObject(template, signal), template, spec, secretName);
  }

  /** A pod in a workload's place is led to by the workload's own Services. */
  async #postService(parts: AgentPodParts, query: Record<string, string>, signal: AbortSignal): Promise<void> {
    if (parts.ports.length === 0 || parts.template?.as === 'successor') return;
    await this.#api.call({ method: 'POST', path: `${this.#base}/services`, query, body: agentServiceManifest(parts), signal });
  }
}

/** As the Lease is named: a pod with a name of its own (`--name`) has the session's Secret all the same. */
function secretNameOf(sessionId: string): string {
  return `inpod-${sessionId}`;
}
