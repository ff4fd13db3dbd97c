import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import { agentContainer, defaultContainerAnnotation } from './agent-pod-manifest.ts';
import type { ContainerStatusView, EventView, PodView } from './pod-view.ts';

/** Events that say what holds a pod up; the kubelet or the scheduler tries again. */
const holdUps = new Set(['FailedScheduling', 'FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox', 'NetworkNotReady']);

/** Pod and Secret are posted side by side: the kubelet may look for the one before the other is there, and tries again. A Secret that isn't made is told by its own refusal. */
const secretIsOnItsWay = /\b(secret "inpod-[a-z0-9]{5}" not found|object "[^"]+"\/"inpod-[a-z0-9]{5}" not registered)/;

/** Steps that the pod has taken, in order. */
export function progressOf(pod: PodView, events: readonly EventView[]): readonly PodProgress[] {
  const node = pod.spec?.nodeName;
  const steps: readonly (PodProgress | undefined)[] = [
    told('waiting', events.findLast(isHoldUp)),
    node === undefined ? undefined : { step: 'scheduled', detail: `on node ${node}` },
    told(
      'pulling',
      events.find(({ reason }) => reason === 'Pulling'),
    ),
    isStarted(pod, events) ? { step: 'started', detail: `container ${agentContainerOf(pod)}` } : undefined,
    agentStatus(pod)?.ready === true ? { step: 'ready', detail: pod.metadata.name } : undefined,
  ];
  return steps.filter((step) => step !== undefined);
}

/** Name of the agent's container: a pod in a workload's place keeps the workload's name for it. */
export function agentContainerOf({ metadata }: PodView): string {
  return metadata.annotations?.[defaultContainerAnnotation] ?? agentContainer;
}

function isHoldUp({ reason = '', message = '' }: EventView): boolean {
  return holdUps.has(reason) && !secretIsOnItsWay.test(message);
}

/** The agent's container, once the kubelet reports on it. */
export function agentStatus(pod: PodView): ContainerStatusView | undefined {
  return pod.status?.containerStatuses?.find((status) => status.name === agentContainerOf(pod));
}

/** The kubelet tells the event at once, the status when it next looks, up to a second later. */
function isStarted(pod: PodView, events: readonly EventView[]): boolean {
  return (
    agentStatus(pod)?.state?.running !== undefined ||
    events.some((event) => event.reason === 'Started' && event.involvedObject?.fieldPath === agentField(pod))
  );
}

/** How an event names the agent's container. */
function agentField(pod: PodView): string {
  return `spec.containers{${agentContainerOf(pod)}}`;
}

function told(step: PodProgress['step'], event: EventView | undefined): PodProgress | undefined {
  return event === undefined ? undefined : { step, detail: event.message ?? event.reason ?? '' };
}
