import { ClusterError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { GivenBack, Meddling, ScaleDown, Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { WorkloadFacts, WorkloadHold } from '../../domain/workload/workload-facts.ts';
import { builtInReference } from '../../domain/workload/workload-kinds.ts';
import type { WorkloadReference, WorkloadTarget } from '../../domain/workload/workload-reference.ts';
import type { PlaygroundClient } from './playground-client.ts';
import type { ResultOf } from './playground-protocol.ts';
import type { WorkloadCalls } from './workload-calls.ts';

/** The Deployments of a playground's namespace. Of a playground that ended there is nothing to give back. */
export class PlaygroundWorkloads implements Workloads {
  readonly #client: PlaygroundClient;
  readonly #kubeNamespace: string;

  constructor(client: PlaygroundClient, kubeNamespace: string) {
    this.#client = client;
    this.#kubeNamespace = kubeNamespace;
  }

  async resolveWorkload(target: WorkloadTarget): Promise<WorkloadReference> {
    const reference = builtInReference(target);
    if (reference) return reference;
    throw new ClusterError({
      code: 'NOT_FOUND',
      message: `a playground has no type ${target.type} of workloads`,
      hint: 'it has Deployments: deploy/NAME',
    });
  }

  readWorkload({ kind, name }: WorkloadReference, signal: AbortSignal): Promise<WorkloadFacts> {
    return this.#ask('read-workload', { reference: { kind, name } }, signal);
  }

  async markWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<void> {
    await this.#ask('mark-workload', { hold }, signal);
  }

  async scaleDown(hold: WorkloadHold, how: ScaleDown, owner: LeaseReference, signal: AbortSignal): Promise<void> {
    await this.#ask('scale-down', { hold, how, owner }, signal);
  }

  async endOrphans(sessionId: string, signal: AbortSignal): Promise<void> {
    await unlessAway(this.#ask('end-orphans', { sessionId }, signal), null);
  }

  async untilScaledDown({ kind, name }: WorkloadReference, signal: AbortSignal): Promise<void> {
    await this.#ask('until-scaled-down', { reference: { kind, name } }, signal);
  }

  untilMeddled(hold: WorkloadHold, signal: AbortSignal): Promise<Meddling> {
    return this.#ask('until-meddled', { hold }, signal);
  }

  giveBackWorkload(hold: WorkloadHold, signal: AbortSignal): Promise<GivenBack> {
    return unlessAway(this.#ask('give-back-workload', { hold }, signal), 'left-alone');
  }

  untilRouted(podName: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask('until-routed', { podName }, signal);
  }

  untilServedWithout(besides: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask('until-served-without', { besides }, signal);
  }

  async withdrawPod(podName: string, signal: AbortSignal): Promise<void> {
    await this.#ask('withdraw-pod', { podName }, signal);
  }

  #ask<Op extends keyof WorkloadCalls>(op: Op, needs: WorkloadCalls[Op]['needs'], signal: AbortSignal): Promise<ResultOf<Op>> {
    return this.#client.call<Op>({ op, kubeNamespace: this.#kubeNamespace, ...needs }, signal);
  }
}

async function unlessAway<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'API_UNREACHABLE') return otherwise;
    throw error;
  }
}
