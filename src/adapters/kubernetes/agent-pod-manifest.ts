import type { V1Container, V1ObjectMeta, V1Pod, V1PodSpec, V1Probe, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { AgentPodSpec, LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import { agentPaths } from '../../domain/protocol/protocol.ts';

/** Name of the agent's container; an admission plugin may add others beside it. */
export const agentContainer = 'agent';

/** Which container kubectl takes without `-c`; ours is told by it. @see {@link https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container | Well-known annotations} */
export const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** What a pod is made of; without an owner for a dry run. */
export type AgentPodParts = Omit<AgentPodSpec, 'owner' | 'payload'> & { readonly owner?: LeaseReference | undefined };

/**
 * A user id that owns nothing, in the image or on the node; the agent works as any.
 * Pod Security `restricted` wants a number, since the image's own user is root.
 */
export const agentUid = 65_532;

/** On all that a session makes: its id. */
export const sessionLabel = 'inpod.dev/session';

const roleLabel = 'inpod.dev/role';

/** Selects the pods whose place sessions' processes have: no guardians, nor a workload's former pods, which bear the session's label until they end. */
export const sessionPodSelector = `${sessionLabel},${roleLabel}=agent`;

/** Labels of all that a session makes. */
export function sessionLabels(sessionId: string, role: 'agent' | 'session' | 'orphan' | 'guardian'): Record<string, string> {
  return { [sessionLabel]: sessionId, [roleLabel]: role };
}

/** Below 1024 too, for any user. A safe sysctl: Pod Security `restricted` admits it. */
export const anyPort = { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' };

/** Makes the Lease an owner, though not the controller: controllers of other objects and disruption budgets then leave the pod alone. */
export function ownerReferences(owner: LeaseReference | undefined, { asController = false } = {}): Pick<V1ObjectMeta, 'ownerReferences'> {
  if (owner === undefined) return {};
  return {
    ownerReferences: [
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        name: owner.name,
        uid: owner.uid,
        controller: asController,
        blockOwnerDeletion: false,
      },
    ],
  };
}

/**
 * The agent's pod: stock image, any user, read-only root, no capabilities; admitted under Pod Security `restricted`.
 * Service account, its token and the variables of Services are as a pod without wishes has them: the child is to see them.
 */
export function agentPodManifest(parts: AgentPodParts, secretName: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: parts.podName, labels: sessionLabels(parts.sessionId, 'agent'), ...ownerReferences(parts.owner) },
    spec: agentPodSpec(parts, secretName, 'Never'),
  };
}

/** @param restartPolicy - what happens when the agent ends */
export function agentPodSpec(
  parts: Pick<AgentPodParts, 'serviceAccount' | 'image' | 'ports'>,
  secretName: string,
  restartPolicy: 'Never' | 'Always',
): V1PodSpec {
  return {
    restartPolicy,
    terminationGracePeriodSeconds: 1,
    ...(parts.serviceAccount === undefined ? {} : { serviceAccountName: parts.serviceAccount }),
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: agentUid,
      runAsGroup: agentUid,
      seccompProfile: { type: 'RuntimeDefault' },
      sysctls: [anyPort],
    },
    containers: [container(parts)],
    volumes: agentVolumes(secretName),
  };
}

function container({ image, ports }: Pick<AgentPodParts, 'image' | 'ports'>): V1Container {
  return {
    name: agentContainer,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...agentRunning(),
    ...(ports.length === 0 ? {} : { ports: ports.map((containerPort) => ({ containerPort })) }),
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    readinessProbe: readinessProbe(),
    volumeMounts: agentMounts,
  };
}

/** How a container becomes the agent. */
export function agentRunning(): Pick<V1Container, 'command' | 'startupProbe'> {
  return { command: ['sh', '-c', agentCommand()], startupProbe: startupProbe() };
}

/** Where the agent finds its files. */
export const agentMounts: V1VolumeMount[] = [
  { name: 'inpod-agent', mountPath: agentPaths.payload, readOnly: true },
  { name: 'inpod-run', mountPath: agentPaths.scratch },
];

/** What is mounted there. */
export function agentVolumes(secretName: string): V1Volume[] {
  return [
    { name: 'inpod-agent', secret: { secretName, defaultMode: 0o444, items: payloadItems() } },
    { name: 'inpod-run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
  ];
}

/**
 * Saves the container's variables byte for byte, then starts Node without them: one such as NODE_OPTIONS may name files that this image lacks.
 * One malloc arena and a small young generation keep it below 80 MB while bytes flow. `$$$$` is the shell's `$$` (a pod spec halves it). A shell that was given no variables would write an empty file: that is an error.
 */
function agentCommand(): string {
  const { environment, program } = agentPaths;
  return `cat /proc/$$$$/environ > ${environment} && [ -s ${environment} ] && exec env -i PATH="$PATH" MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 ${program}`;
}

/** Blocks until the agent listens, so that the kubelet knows at once: a periodic probe alone takes a second more. */
function startupProbe(): V1Probe {
  return {
    exec: { command: ['sh', '-c', `until [ -e ${agentPaths.listening} ]; do sleep .05; done`] },
    periodSeconds: 1,
    timeoutSeconds: 600,
    failureThreshold: 1,
  };
}

/** On a node without time to run a probe's command, a pod that was ready would leave its Services for as long as that fails. */
export const neverUnready = 1_000_000;

/** Ready from when the agent listens until its container ends. */
export function readinessProbe(): V1Probe {
  return {
    exec: { command: ['sh', '-c', `[ -e ${agentPaths.listening} ]`] },
    periodSeconds: 2,
    timeoutSeconds: 5,
    failureThreshold: neverUnready,
  };
}

/** Keys of the Secret, each mounted as a file of that name. */
function payloadItems(): { key: string; path: string }[] {
  return [agentPaths.program, agentPaths.hostKey, agentPaths.clientKey].map(payloadKey).map((key) => ({ key, path: key }));
}

/** The Secret's key for a file of the payload. */
export function payloadKey(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
