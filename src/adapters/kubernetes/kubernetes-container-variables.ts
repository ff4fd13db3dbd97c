import type { V1Pod } from '@kubernetes/client-node';
import type { ContainerVariables } from '../../domain/ports/cluster/container-variables.ts';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { parseEnvironmentBlock } from '../../domain/session/child-environment.ts';
import type { WorkloadReference } from '../../domain/workload/workload-reference.ts';
import type { ApiClient } from './api-client.ts';
import type { ContainerExec } from './container-exec.ts';
import type { KubernetesWorkloads } from './kubernetes-workloads.ts';
import { selectorOf } from './workload-object.ts';
import { WorkloadPods } from './workload-pods.ts';

/** Not the first process's, whose environment its own start may have changed, or which another container has. */
const command = ['cat', '/proc/self/environ'];

/** Looks into a workload's containers by `exec`. */
export class KubernetesContainerVariables implements ContainerVariables {
  readonly #workloads: KubernetesWorkloads;
  readonly #pods: WorkloadPods;
  readonly #exec: ContainerExec;

  constructor(
    api: ApiClient,
    kubeNamespace: string,
    { workloads, exec }: { readonly workloads: KubernetesWorkloads; readonly exec: ContainerExec },
  ) {
    this.#workloads = workloads;
    this.#pods = new WorkloadPods(api, kubeNamespace);
    this.#exec = exec;
  }

  async readEnvironment(workload: WorkloadReference, container: string, signal: AbortSignal): Promise<ByteEnvironment | undefined> {
    const object = await this.#workloads.readObject(workload, signal);
    const pods = await this.#pods.of(selectorOf(object), signal);
    const podName = pods.find((pod) => isRunning(pod, container))?.metadata?.name;
    if (podName === undefined) return undefined;
    return parseEnvironmentBlock(await this.#exec.run({ podName, container, command }, signal));
  }
}

function isRunning({ metadata, status }: V1Pod, container: string): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false;
  return (status?.containerStatuses ?? []).some(({ name, state }) => name === container && state?.running !== undefined);
}
