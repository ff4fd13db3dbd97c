import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { ClusterError } from '../../domain/errors.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import type { StandingAgent, StandingAgents } from '../../domain/ports/cluster/standing-agents.ts';
import { agentRemedy, type AgentTarget } from '../../domain/session/agent-target.ts';
import { agentContainer } from './agent-pod-manifest.ts';
import { AgentPodWatch } from './agent-pod-watch.ts';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './api-errors.ts';
import { watch } from './api-watch.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { judgePod } from './pod-judgement.ts';
import type { PodView } from './pod-view.ts';
import { agentKeyLabel } from './standing-agent-manifest.ts';

/** What standing agents are found with. */
export interface KubernetesStandingAgentsParts {
  readonly api: ApiClient;
  readonly kubeNamespace: string;
  readonly timings: KubernetesTimings;
  /** Streams to the agent's port of a pod. */
  readonly carrierTo: (podName: string) => CarrierPort;
}

/** Standing agents by their Deployments. Reads only. */
export class KubernetesStandingAgents implements StandingAgents {
  readonly #parts: KubernetesStandingAgentsParts;
  readonly #podsPath: string;

  constructor(parts: KubernetesStandingAgentsParts) {
    this.#parts = parts;
    this.#podsPath = `/api/v1/namespaces/${encodeURIComponent(parts.kubeNamespace)}/pods`;
  }

  async findAgent(target: AgentTarget, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<StandingAgent> {
    const { keyId, image } = agentIn(await this.#readDeployment(target, signal), target, this.#parts.kubeNamespace);
    const pod = await this.#pod(target, keyId, signal);
    const { api, timings, carrierTo } = this.#parts;
    const { name: podName } = pod.metadata;
    await new AgentPodWatch({ api, podsPath: this.#podsPath, timings, progress, carrier: carrierTo(podName) }, pod).untilListening(signal);
    return { podName, keyId, image };
  }

  async #readDeployment({ name }: AgentTarget, signal: AbortSignal): Promise<V1Deployment> {
    const { api, kubeNamespace } = this.#parts;
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(kubeNamespace)}/deployments/${encodeURIComponent(name)}`;
    try {
      return await api.call<V1Deployment>({ method: 'GET', path, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new ClusterError({
        code: 'NOT_FOUND',
        message: `there is no agent ${name} in the namespace ${kubeNamespace}`,
        hint: `make it, once: ${agentRemedy(name, kubeNamespace)}`,
        cause: error,
      });
    }
  }

  /** A pod that these keys open; one that was only just asked for comes in a moment. */
  async #pod({ name }: AgentTarget, keyId: string, signal: AbortSignal): Promise<PodView> {
    const { api, timings } = this.#parts;
    const query = { labelSelector: `${agentKeyLabel}=${keyId}` };
    const path = this.#podsPath;
    const { items = [], metadata } = await api.call<PodList>({ method: 'GET', path, query, signal });
    const found = bestOf(items);
    if (found) return found;
    const tooLate = AbortSignal.timeout(timings.connectTimeoutMs);
    try {
      const since = { ...query, resourceVersion: metadata?.resourceVersion ?? '' };
      for await (const { type, object } of watch<PodView>(api, { path, query: since, signal: AbortSignal.any([signal, tooLate]) })) {
        if (type === 'ADDED') return object;
      }
    } catch (error) {
      if (signal.aborted || !tooLate.aborted) throw error;
    }
    throw new ClusterError({
      code: 'POD_GONE',
      message: `the agent ${name} has no pod`,
      hint: `see why: kubectl describe -n ${this.#parts.kubeNamespace} deployment/${name}`,
    });
  }
}

interface PodList {
  readonly items?: readonly PodView[];
  readonly metadata?: { readonly resourceVersion?: string };
}

/** @throws ClusterError `WORKLOAD_UNSUITABLE`, `POD_GONE` */
function agentIn(deployment: V1Deployment, target: AgentTarget, kubeNamespace: string): Omit<StandingAgent, 'podName'> {
  const { replicas = 1, template } = deployment.spec ?? {};
  const { name } = target;
  const keyId = template?.metadata?.labels?.[agentKeyLabel];
  if (keyId === undefined)
    throw unsuitable(
      `deployment/${name} is no agent of inpod: it lacks the label ${agentKeyLabel}`,
      `make one of another name: ${agentRemedy('NAME', kubeNamespace)}; to take the place of ${name}: --swap ${name}`,
    );
  if (replicas === 0)
    throw new ClusterError({
      code: 'POD_GONE',
      message: `the agent ${name} is at 0 replicas`,
      hint: `start it: kubectl scale -n ${kubeNamespace} deployment/${name} --replicas 1`,
    });
  return { keyId, image: containerOf(target, template?.spec?.containers ?? []).image ?? '' };
}

/** @throws ClusterError `WORKLOAD_UNSUITABLE` */
function containerOf({ name, container = agentContainer }: AgentTarget, containers: readonly V1Container[]): V1Container {
  const found = containers.find((one) => one.name === container);
  if (found) return found;
  throw unsuitable(`deployment/${name} has no container "${container}"`, `it has: ${containers.map((one) => one.name).join(', ')}`);
}

/** One that listens, else one that may. */
function bestOf(pods: readonly PodView[]): PodView | undefined {
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return alive.find((pod) => judgePod(pod, []).kind === 'ready') ?? alive[0];
}

function unsuitable(message: string, hint: string): ClusterError {
  return new ClusterError({ code: 'WORKLOAD_UNSUITABLE', message, hint });
}
