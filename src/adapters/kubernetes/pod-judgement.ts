import type { ClusterCode } from '../../domain/errors.ts';
import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import { agentContainer } from './agent-pod-manifest.ts';
import type { ContainerStatusView, EventView, PodView } from './pod-view.ts';

/** Why a pod won't become what it was made for. */
export interface PodTrouble {
  readonly code: ClusterCode;
  readonly message: string;
  readonly hint: string;
}

/** What a pod's status means for one who waits for the agent. */
export type PodJudgement =
  | { readonly kind: 'ready' }
  | { readonly kind: 'trouble'; readonly trouble: PodTrouble }
  /** No node fits; that may change when one is added. */
  | { readonly kind: 'unschedulable'; readonly trouble: PodTrouble }
  /** `state` is for the message of a time-out. */
  | { readonly kind: 'waiting'; readonly state: string };

const imageHint =
  'choose an image that the cluster can pull: --config agent.image, or add a pull secret to the service account (--serviceaccount)';

/** Reasons of a waiting container that mean trouble: more waiting wouldn't help, or not soon. */
const waitingTroubles: Readonly<Record<string, readonly [ClusterCode, string, string]>> = {
  ErrImagePull: ['IMAGE_UNAVAILABLE', "can't be pulled", imageHint],
  ImagePullBackOff: ['IMAGE_UNAVAILABLE', "can't be pulled", imageHint],
  InvalidImageName: ['IMAGE_UNAVAILABLE', 'is no valid image name', imageHint],
  ErrImageNeverPull: ['IMAGE_UNAVAILABLE', "isn't on the node", imageHint],
  ImageInspectError: ['IMAGE_UNAVAILABLE', "can't be inspected", imageHint],
  RegistryUnavailable: ['IMAGE_UNAVAILABLE', "can't be pulled: its registry is away", imageHint],
  SignatureValidationFailed: ['IMAGE_UNAVAILABLE', 'has no valid signature', imageHint],
  CreateContainerConfigError: ['AGENT_CRASHED', 'has a container that the kubelet refuses to make', 'see: kubectl describe pod'],
  CreateContainerError: ['AGENT_CRASHED', "has a container that can't be made", 'see: kubectl describe pod'],
  RunContainerError: ['AGENT_CRASHED', "has a container that can't be run", 'the image must have sh, cat, env and node'],
  CrashLoopBackOff: ['AGENT_CRASHED', 'has a container that ends again and again', 'see: kubectl logs'],
};

/** Reasons of a failed pod that mean that its node had no room after all. */
const nodeRefusals = new Set([
  'UnexpectedAdmissionError',
  'NodeAffinity',
  'OutOfcpu',
  'OutOfmemory',
  'OutOfpods',
  'NodeShutdown',
  'TopologyAffinityError',
]);

/** Events that say what holds a pod up; the kubelet or the scheduler tries again. */
const holdUps = new Set([
  'FailedScheduling',
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'FailedKillPod',
  'BackOff',
]);

/** How an event names the agent's container. */
const agentField = `spec.containers{${agentContainer}}`;

/** Decides from the pod's status alone; events only explain (judgements must not hang on what may be dropped). */
export function judgePod(pod: PodView, events: readonly EventView[]): PodJudgement {
  const name = pod.metadata.name;
  if (pod.metadata.deletionTimestamp !== undefined)
    return trouble('POD_GONE', `the pod ${name} is being deleted`, 'somebody, or a policy of the cluster, deletes it');
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const found = containerTrouble(name, status);
    if (found !== undefined) return { kind: 'trouble', trouble: found };
  }
  if (pod.status?.phase === 'Failed') return { kind: 'trouble', trouble: failure(pod) };
  if (agentStatus(pod)?.ready === true) return { kind: 'ready' };
  return unschedulable(pod) ?? { kind: 'waiting', state: stateOf(pod, events) };
}

/** Steps that the pod has taken, in order. */
export function progressOf(pod: PodView, events: readonly EventView[]): readonly PodProgress[] {
  const steps: PodProgress[] = [];
  const held = events.findLast((event) => holdUps.has(event.reason ?? ''));
  if (held !== undefined) steps.push({ step: 'waiting', detail: held.message ?? held.reason ?? '' });
  if (pod.spec?.nodeName !== undefined) steps.push({ step: 'scheduled', detail: `on node ${pod.spec.nodeName}` });
  const pulling = events.find((event) => event.reason === 'Pulling');
  if (pulling !== undefined) steps.push({ step: 'pulling', detail: pulling.message ?? '' });
  const agent = agentStatus(pod);
  // The kubelet tells the event at once, the status when it next looks, up to a second later.
  const started = events.some((event) => event.reason === 'Started' && event.involvedObject?.fieldPath === agentField);
  if (started || agent?.state?.running !== undefined) steps.push({ step: 'started', detail: `container ${agentContainer}` });
  if (agent?.ready === true) steps.push({ step: 'ready', detail: pod.metadata.name });
  return steps;
}

function containerTrouble(pod: string, status: ContainerStatusView): PodTrouble | undefined {
  const { waiting, terminated } = status.state ?? {};
  if (terminated !== undefined && (status.name === agentContainer || terminated.exitCode !== 0)) return crash(pod, status.name, terminated);
  const known = waitingTroubles[waiting?.reason ?? ''];
  if (known === undefined) return undefined;
  const [code, text, hint] = known;
  const subject = code === 'IMAGE_UNAVAILABLE' ? `the image ${status.image ?? ''} of the pod ${pod}` : `the pod ${pod}`;
  return { code, message: `${subject} ${text} (${waiting?.reason ?? ''})${withText(waiting?.message)}`, hint };
}

type Terminated = NonNullable<NonNullable<ContainerStatusView['state']>['terminated']>;

function crash(pod: string, container: string, end: Terminated): PodTrouble {
  const what = container === agentContainer ? `the agent in the pod ${pod}` : `the container ${container} of the pod ${pod}`;
  const how = end.signal === undefined ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  const hint =
    end.reason === 'OOMKilled'
      ? 'it ran out of memory: a LimitRange or a policy may have lowered its limit'
      : 'the image must have sh, cat, env and Node 20 or newer: --config agent.image';
  return { code: 'AGENT_CRASHED', message: `${what} ended (${end.reason ?? 'Error'}, ${how})${withText(end.message)}`, hint };
}

function failure(pod: PodView): PodTrouble {
  const { reason = 'Failed', message } = pod.status ?? {};
  const code = nodeRefusals.has(reason) || reason.startsWith('OutOf') ? 'POD_UNSCHEDULABLE' : 'POD_GONE';
  return {
    code,
    message: `the pod ${pod.metadata.name} failed (${reason})${withText(message)}`,
    hint: 'see the state of the node: kubectl describe node',
  };
}

function unschedulable(pod: PodView): PodJudgement | undefined {
  const condition = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (condition?.reason !== 'Unschedulable') return undefined;
  const message = `no node takes the pod ${pod.metadata.name}${withText(condition.message)}`;
  return {
    kind: 'unschedulable',
    trouble: {
      code: 'POD_UNSCHEDULABLE',
      message,
      hint: 'free or add a node, or choose another namespace or cluster; see: kubectl describe nodes',
    },
  };
}

/** One clause: how far it came, and what held it up last. */
function stateOf(pod: PodView, events: readonly EventView[]): string {
  const { waiting, running } = agentStatus(pod)?.state ?? {};
  const where = pod.spec?.nodeName === undefined ? 'no node chosen yet' : `on node ${pod.spec.nodeName}`;
  const how = running !== undefined ? 'the container runs, the agent does not listen' : (waiting?.reason ?? pod.status?.phase ?? 'Pending');
  const held = events.findLast((event) => holdUps.has(event.reason ?? '') || event.type === 'Warning');
  return `${where}, ${how}${held === undefined ? '' : `; ${held.reason ?? ''}: ${held.message ?? ''}`}`;
}

function agentStatus(pod: PodView): ContainerStatusView | undefined {
  return pod.status?.containerStatuses?.find((status) => status.name === agentContainer);
}

function trouble(code: ClusterCode, message: string, hint: string): PodJudgement {
  return { kind: 'trouble', trouble: { code, message, hint } };
}

function withText(text: string | undefined): string {
  return text === undefined || text.trim() === '' ? '' : `: ${text.trim()}`;
}
