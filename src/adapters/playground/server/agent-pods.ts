import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, ClusterError } from '../../../domain/errors.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import { findDeployment } from '../../../domain/playground/deployment-hold.ts';
import { sessionPodLabels, type DeploymentObject, type PodObject } from '../../../domain/playground/playground-objects.ts';
import { podVariables } from '../../../domain/playground/pod-surroundings.ts';
import type { AgentPodSpec, PodProgress } from '../../../domain/ports/cluster/agent-pods.ts';
import { agentProgram, isAgentListening, onceServing } from './agent-program.ts';
import { podGone, type ObjectHost } from './object-host.ts';
import type { PodProcess } from './pod-process.ts';

/** Images that a playground "has": all of them are the Node that runs it. */
const knownImages = ['node:24-slim', 'node:24'];
const node = 'on this machine';
const knockPauseMs = 30;

/** How a pod is awaited. */
export interface AgentPodWait {
  readonly progress: (step: PodProgress) => void;
  readonly readyLimitMs: number;
  readonly signal: AbortSignal;
}

/** Makes the pods of sessions, with their Secret and their Service. */
export class PlaygroundAgentPods {
  readonly #objects: ObjectStore;
  readonly #host: ObjectHost;

  constructor(objects: ObjectStore, host: ObjectHost) {
    this.#objects = objects;
    this.#host = host;
  }

  /** @throws ClusterError `ADMISSION_REJECTED`, `CONFLICT` */
  admit(kubeNamespace: string, spec: Omit<AgentPodSpec, 'owner'>): void {
    const { podName, sessionId, serviceAccount = 'default', ports } = spec;
    if (serviceAccount !== 'default') throw noServiceAccount(serviceAccount);
    this.#objects.requireRoom({ kind: 'Pod', kubeNamespace, name: podName });
    this.#objects.requireRoom({ kind: 'Secret', kubeNamespace, name: secretName(sessionId) });
    if (spec.template) findDeployment(this.#objects, kubeNamespace, spec.template);
    if (ports.length > 0 && !isSuccessor(spec)) this.#objects.requireRoom({ kind: 'Service', kubeNamespace, name: podName });
  }

  /** Resolves when the agent listens. @throws ClusterError naming the trouble; CancelledError */
  async create(kubeNamespace: string, spec: AgentPodSpec, wait: AgentPodWait): Promise<void> {
    this.admit(kubeNamespace, spec);
    const pod = this.#add(kubeNamespace, spec);
    wait.progress({ step: 'scheduled', detail: node });
    if (!knownImages.includes(spec.image)) throw imageUnavailable(spec);
    const variables = { ...podVariables(this.#objects, pod), ...this.#template(kubeNamespace, spec)?.container.variables };
    const process = await this.#host.start(pod, agentProgram(spec.payload, variables));
    wait.progress({ step: 'started', detail: 'container agent' });
    await this.#untilListening(pod, process, wait);
    const markReady = (): void => this.#host.markReady(pod);
    if (isSuccessor(spec)) onceServing(process, this.#host.goneSignal(pod), markReady);
    else markReady();
    wait.progress({ step: 'ready', detail: pod.name });
  }

  /** In a workload's place it has its labels, and no Service of its own. */
  #add(kubeNamespace: string, spec: AgentPodSpec): PodObject {
    const { podName, sessionId, owner, ports } = spec;
    const labels = sessionPodLabels(sessionId, 'agent');
    const meta = { kubeNamespace, labels, owner };
    this.#objects.add({ kind: 'Secret', ...meta, name: secretName(sessionId) });
    if (ports.length > 0 && !isSuccessor(spec)) {
      const servicePorts = ports.map((port) => ({ name: `port-${port}`, port, targetPort: port }));
      this.#host.addService({ ...meta, name: podName, ports: servicePorts, selector: labels });
    }
    return this.#host.addPod({
      ...meta,
      name: podName,
      labels: { ...(isSuccessor(spec) ? this.#template(kubeNamespace, spec)?.labels : {}), ...labels },
    });
  }

  #template(kubeNamespace: string, { template }: AgentPodSpec): DeploymentObject['template'] | undefined {
    return template && findDeployment(this.#objects, kubeNamespace, template).template;
  }

  async #untilListening(pod: PodObject, process: PodProcess, { signal, readyLimitMs }: AgentPodWait): Promise<void> {
    const gone = this.#host.goneSignal(pod);
    const tooLate = AbortSignal.timeout(readyLimitMs);
    const stop = AbortSignal.any([signal, gone, tooLate]);
    for (;;) {
      if (signal.aborted) throw new CancelledError('cancelled', signal.reason);
      if (gone.aborted) throw podGone(pod.name);
      if (!process.isRunning) throw await crash(pod.name, process);
      if (tooLate.aborted) throw timedOut(pod.name, readyLimitMs);
      if (await isAgentListening(process, stop)) return;
      await sleep(knockPauseMs, undefined, { signal: stop }).catch(() => undefined); // the loop says why
    }
  }
}

function isSuccessor({ template }: Pick<AgentPodSpec, 'template'>): boolean {
  return template?.as === 'successor';
}

function secretName(sessionId: string): string {
  return `inpod-${sessionId}`;
}

async function crash(podName: string, process: PodProcess): Promise<ClusterError> {
  const [how, log] = [await process.ended, await process.logTail()];
  return new ClusterError({
    code: 'AGENT_CRASHED',
    message: `the container agent of the pod ${podName} ended (${how})${log === '' ? '' : `\n${log}`}`,
    hint: 'this is a bug of inpod, or of the Node that runs it: please report it',
  });
}

function timedOut(podName: string, limitMs: number): ClusterError {
  return new ClusterError({
    code: 'POD_TIMEOUT',
    message: `the pod ${podName} didn't come up within ${limitMs / 1000} s; last seen: its process runs, the agent does not listen`,
    hint: 'more time: timings.podReadyMs in inpod.yaml',
  });
}

function imageUnavailable({ image, podName }: AgentPodSpec): ClusterError {
  return new ClusterError({
    code: 'IMAGE_UNAVAILABLE',
    message: `the image ${image} of the pod ${podName} can't be pulled: the playground pulls none`,
    hint: `leave out agent.image, or set it to one of ${knownImages.join(', ')}, for which the playground runs its own Node`,
  });
}

function noServiceAccount(name: string): ClusterError {
  return new ClusterError({
    code: 'ADMISSION_REJECTED',
    message: `the playground has no service account ${name}`,
    hint: 'leave out --serviceaccount',
  });
}
