import { agentStatus } from './pod-progress.ts';
import type { ContainerStatusView, PodView } from './pod-view.ts';

/** How a pod came to its end, as a clause, and what the user can do. */
export interface PodEnd {
  readonly how: string;
  readonly hint: string;
}

type TerminationView = NonNullable<NonNullable<ContainerStatusView['state']>['terminated']>;

const outOfMemory =
  'more traffic than it had memory for, or a limit that is too low: raise limits.memory of the workload, or ask who has set a LimitRange';
const again = 'run it again; see: kubectl get events';

/**
 * Of a pod that served. `undefined` where it may serve again: a kubelet that was restarted doesn't know its pods yet, a container may be started again.
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions | Pod disruption conditions}
 */
export function endOfPod(pod: PodView): PodEnd | undefined {
  return endByNode(pod) ?? endByDeletion(pod) ?? endOfAgent(pod);
}

function endByNode({ status }: PodView): PodEnd | undefined {
  const { phase, reason, message } = status ?? {};
  if (phase !== 'Failed' || reason === undefined) return undefined;
  return {
    how: `its node ended it (${reason}${withText(message)})`,
    hint: `see the state of the node: kubectl describe node; then ${again}`,
  };
}

function endByDeletion({ metadata, status }: PodView): PodEnd | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const disruption = status?.conditions?.find(({ type, status: state }) => type === 'DisruptionTarget' && state === 'True');
  if (disruption === undefined) return { how: 'it was deleted', hint: `somebody, or a policy of the cluster, did that; ${again}` };
  const { reason = 'DisruptionTarget', message } = disruption;
  return { how: `it was evicted (${reason}${withText(message)})`, hint: `its node may be drained, or is full; ${again}` };
}

/** One that ended is started again where the pod's policy says so. */
function endOfAgent(pod: PodView): PodEnd | undefined {
  const { phase } = pod.status ?? {};
  const end = agentStatus(pod)?.state?.terminated;
  if (end !== undefined && (isOver(phase) || pod.spec?.restartPolicy === 'Never')) return endOfContainer(end);
  return isOver(phase) ? { how: `it ended (${phase})`, hint: again } : undefined;
}

function isOver(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

function endOfContainer({ reason = 'Error', signal, exitCode }: TerminationView): PodEnd {
  const code = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`;
  return { how: `the agent in it ended (${reason}, ${code})`, hint: reason === 'OOMKilled' ? outOfMemory : again };
}

function withText(message: string | undefined): string {
  return message === undefined || message === '' ? '' : `: ${message.trim()}`;
}
