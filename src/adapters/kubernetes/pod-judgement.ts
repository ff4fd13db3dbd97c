import type { ClusterCode } from '../../domain/errors.ts';
import { agentContainerOf, agentStatus } from './pod-progress.ts';
import type { ContainerStatusView, EventView, PodView } from './pod-view.ts';

/** Why a pod won't become what it was made for. */
export interface PodTrouble {
  readonly code: ClusterCode;
  readonly message: string;
  readonly hint: string;
  /** Whose log tells more, where it isn't the agent's. */
  readonly container?: string;
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
  'choose an image that the cluster can pull (agent.image in inpod.yaml, or INPOD_CONFIG_AGENT_IMAGE), or add a pull secret to the service account (--serviceaccount)';

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

/** Decides from the pod's status alone; events only explain (judgements must not hang on what may be dropped). */
export function judgePod(pod: PodView, events: readonly EventView[]): PodJudgement {
  const trouble = goneTrouble(pod) ?? firstContainerTrouble(pod) ?? failure(pod);
  if (trouble !== undefined) return { kind: 'trouble', trouble };
  if (agentStatus(pod)?.ready === true) return { kind: 'ready' };
  return unschedulable(pod) ?? { kind: 'waiting', state: stateOf(pod, events) };
}

function goneTrouble({ metadata }: PodView): PodTrouble | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  return {
    code: 'POD_GONE',
    message: `the pod ${metadata.name} is being deleted`,
    hint: 'somebody, or a policy of the cluster, deletes it',
  };
}

function firstContainerTrouble(pod: PodView): PodTrouble | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses]
    .map((one) => endTrouble(pod, one) ?? waitingTrouble(pod, one))
    .find((found) => found !== undefined);
}

/** The agent must not end. Another container may, where it ended well, or where the kubelet starts it again. */
function endTrouble(pod: PodView, { name, state }: ContainerStatusView): PodTrouble | undefined {
  const end = state?.terminated;
  if (end === undefined) return undefined;
  const how = `ended (${end.reason ?? 'Error'}, ${end.signal === undefined ? `exit code ${end.exitCode}` : `signal ${end.signal}`})${withText(end.message)}`;
  if (name === agentContainerOf(pod)) {
    return { code: 'AGENT_CRASHED', message: `the agent in the pod ${pod.metadata.name} ${how}`, hint: agentHint(end.reason) };
  }
  if (end.exitCode === 0 || pod.spec?.restartPolicy !== 'Never') return undefined;
  return otherTrouble(pod, name, how);
}

function agentHint(reason: string | undefined): string {
  return reason === 'OOMKilled'
    ? 'it ran out of memory: a LimitRange or a policy may have lowered its limit'
    : 'the image must have sh, cat, env and Node 20 or newer: set agent.image in inpod.yaml, or INPOD_CONFIG_AGENT_IMAGE';
}

/** A container of a template, or one that was injected. */
function otherTrouble({ metadata, status }: PodView, container: string, how: string): PodTrouble {
  const isInit = (status?.initContainerStatuses ?? []).some(({ name }) => name === container);
  return {
    code: 'AGENT_CRASHED',
    message: `the container ${container} of the pod ${metadata.name} ${how}`,
    hint: isInit
      ? `mend it, or leave it out: --skip-init ${container}`
      : "it isn't inpod's: mend it in the workload, or in what injects it",
    container,
  };
}

function waitingTrouble(pod: PodView, { name, image = '', state }: ContainerStatusView): PodTrouble | undefined {
  const { reason = '', message } = state?.waiting ?? {};
  const known = waitingTroubles[reason];
  if (known === undefined) return undefined;
  if (reason === 'CrashLoopBackOff' && name !== agentContainerOf(pod)) return otherTrouble(pod, name, 'ends again and again');
  const [code, text, hint] = known;
  const podName = pod.metadata.name;
  const subject = code === 'IMAGE_UNAVAILABLE' ? `the image ${image} of the pod ${podName}` : `the pod ${podName}`;
  return { code, message: `${subject} ${text} (${reason})${withText(message)}`, hint };
}

function failure(pod: PodView): PodTrouble | undefined {
  const { phase, reason = 'Failed', message } = pod.status ?? {};
  if (phase !== 'Failed') return undefined;
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
  const where = pod.spec?.nodeName === undefined ? 'no node chosen yet' : `on node ${pod.spec.nodeName}`;
  const warning = events.findLast(({ type }) => type === 'Warning');
  return `${where}, ${containerState(pod)}${warning === undefined ? '' : `; ${warning.reason ?? ''}${withText(warning.message)}`}`;
}

function containerState(pod: PodView): string {
  const { waiting, running } = agentStatus(pod)?.state ?? {};
  return running === undefined ? (waiting?.reason ?? pod.status?.phase ?? 'Pending') : 'the container runs, the agent does not listen';
}

function withText(text: string | undefined): string {
  return text === undefined || text.trim() === '' ? '' : `: ${text.trim()}`;
}
