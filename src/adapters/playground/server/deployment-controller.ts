import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, ClusterError } from '../../../domain/errors.ts';
import { controlledLabels, controlledPods, correctionOf, nextPod } from '../../../domain/playground/deployment-pods.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import type { DeploymentObject, PodObject } from '../../../domain/playground/playground-objects.ts';
import { containerPath, podVariables } from '../../../domain/playground/pod-surroundings.ts';
import { untilObjects } from '../../../domain/playground/until-objects.ts';
import { allDone } from '../../../domain/promises.ts';
import { podGone, type ObjectHost } from './object-host.ts';
import type { PodProcess } from './pod-process.ts';

const lookPauseMs = 20;

/** A pod that ended by itself is replaced after so long: one that can't run isn't started all the time. */
const replacePauseMs = 1000;

/** Keeps as many pods of each Deployment as it wants, whoever changes one or the other. */
export class DeploymentController {
  readonly #objects: ObjectStore;
  readonly #host: ObjectHost;
  readonly #stop = new AbortController();
  readonly #unsubscribe: () => void;
  /** Pods that are gone, while their processes end. */
  readonly #ending = new Map<Promise<void>, DeploymentObject>();
  #isDue = false;

  constructor(objects: ObjectStore, host: ObjectHost) {
    this.#objects = objects;
    this.#host = host;
    this.#unsubscribe = objects.subscribe(() => this.#correctSoon());
  }

  /** Adds a Deployment. Resolves when its pods are ready. @throws HostError what `TunnelPort.open` throws; ClusterError `AGENT_CRASHED` with the last lines of the log */
  async start(deployment: DeploymentObject): Promise<void> {
    this.#objects.add(deployment);
    await allDone(this.#correct(deployment));
  }

  /** Until none of its pods is left, and no process of theirs. @throws CancelledError */
  async untilNone(deployment: DeploymentObject, signal: AbortSignal): Promise<void> {
    await untilObjects(this.#objects, () => (controlledPods(this.#objects, deployment).length === 0 ? true : undefined), signal);
    await Promise.all([...this.#ending].filter(([, of]) => isSame(of, deployment)).map(([ended]) => ended));
  }

  /** Makes no pod any more. */
  close(): void {
    this.#unsubscribe();
    this.#stop.abort();
  }

  /** What is changed at once is seen at once. */
  #correctSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (!this.#stop.signal.aborted) for (const deployment of this.#objects.all('Deployment')) void this.#correct(deployment);
    });
  }

  /** @returns for each pod that it made, when that is ready */
  #correct(deployment: DeploymentObject): readonly Promise<PodProcess>[] {
    const { missing, surplus } = correctionOf(this.#objects, deployment);
    for (const pod of surplus) this.#end(pod, deployment);
    return Array.from({ length: missing }, () => {
      const next = nextPod(this.#objects, this.#objects.get('Deployment', deployment.kubeNamespace, deployment.name));
      this.#objects.replace(next.deployment);
      const { kubeNamespace } = deployment;
      const pod = this.#host.addPod({ kubeNamespace, name: next.name, labels: controlledLabels(deployment) });
      const up = this.#bringUp(pod, deployment);
      void this.#keep(pod, up, deployment);
      return up;
    });
  }

  async #bringUp(pod: PodObject, { template }: DeploymentObject): Promise<PodProcess> {
    const { argv, tcpPorts, variables } = template.container;
    const environment = { PATH: containerPath, ...podVariables(this.#objects, pod), ...variables };
    const process = await this.#host.start(pod, { files: {}, argv, environment });
    await this.#untilListening(pod, process, tcpPorts);
    this.#host.markReady(pod);
    return process;
  }

  async #untilListening(pod: PodObject, process: PodProcess, ports: readonly number[]): Promise<void> {
    for (;;) {
      const listening = await Promise.all(ports.map((port) => process.listensOn(port)));
      if (this.#host.goneSignal(pod).aborted) throw podGone(pod.name);
      if (!process.isRunning) throw await ended(pod.name, process);
      if (listening.every(Boolean)) return;
      await sleep(lookPauseMs);
    }
  }

  /** Replaces the pod when it ended by itself. */
  async #keep(pod: PodObject, up: Promise<PodProcess>, deployment: DeploymentObject): Promise<void> {
    const gone = this.#host.goneSignal(pod);
    try {
      await (
        await up
      ).ended;
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // who started the Deployment is told
    }
    try {
      await sleep(replacePauseMs, undefined, { signal: AbortSignal.any([gone, this.#stop.signal]) });
    } catch {
      return; // it was deleted
    }
    this.#end(pod, deployment);
  }

  #end(pod: PodObject, deployment: DeploymentObject): void {
    const ending = this.#host.remove(pod).finally(() => this.#ending.delete(ending));
    this.#ending.set(ending, deployment);
  }
}

function isSame(one: DeploymentObject, other: DeploymentObject): boolean {
  return one.name === other.name && one.kubeNamespace === other.kubeNamespace;
}

async function ended(podName: string, process: PodProcess): Promise<ClusterError> {
  const [how, log] = [await process.ended, await process.logTail()];
  return new ClusterError({
    code: 'AGENT_CRASHED',
    message: `the pod ${podName} of the sample shop ended (${how})${log === '' ? '' : `\n${log}`}`,
    hint: 'run `npm run build`; if that changes nothing, please report it',
  });
}
