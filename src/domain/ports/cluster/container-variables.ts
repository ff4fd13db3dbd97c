import type { ByteEnvironment } from '../../session/byte-environment.ts';
import type { WorkloadReference } from '../../workload/workload-reference.ts';

/** Looks into containers that run. */
export interface ContainerVariables {
  /**
   * The environment that a program gets in a running container of the workload: its template's, and its image's.
   * @returns `undefined` where no pod of it runs
   * @throws ClusterError `FORBIDDEN` where the user may not look; `API_ERROR` where the image has nothing to look with (`cat`)
   */
  readEnvironment(workload: WorkloadReference, container: string, signal: AbortSignal): Promise<ByteEnvironment | undefined>;
}
