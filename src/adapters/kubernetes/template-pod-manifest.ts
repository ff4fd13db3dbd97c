import type {
  V1Container,
  V1Pod,
  V1PodSecurityContext,
  V1PodSpec,
  V1Probe,
  V1ResourceRequirements,
  V1Volume,
} from '@kubernetes/client-node';
import type { TemplateUse } from '../../domain/ports/cluster/agent-pods.ts';
import { agentPaths } from '../../domain/protocol/protocol.ts';
import { isAdopting } from '../../domain/workload/workload-kinds.ts';
import {
  agentMounts,
  agentRunning,
  agentUid,
  agentVolumes,
  anyPort,
  defaultContainerAnnotation,
  neverUnready,
  ownerReferences,
  readinessProbe,
  sessionLabels,
  type AgentPodParts,
} from './agent-pod-manifest.ts';
import { plain } from './plain.ts';
import { atLeast } from './quantity.ts';
import type { WorkloadObject } from './workload-object.ts';

/** Of a container's spec: what belongs to its image, or would end or change the agent. */
const imageFields = new Set<keyof V1Container>([
  'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'stdin', 'stdinOnce', 'tty',
]); // prettier-ignore

/**
 * A pod of the workload's template, with the agent in place of one container. A successor's labels make it an endpoint of the workload's Services as soon as
 * it says that it serves; no controller takes it for its own, since it has no `pod-template-hash` and no ordinal. A copy has nothing that it would take from
 * the workload: no labels, no ports of the node, no volumes that a StatefulSet made for its pods (they are empty), no place that only one may have.
 */
export function templatePodManifest(workload: WorkloadObject, use: TemplateUse, parts: AgentPodParts, secretName: string): V1Pod {
  const template = workload.spec?.template;
  const isSuccessor = use.as === 'successor';
  const spec = isSuccessor ? template?.spec : beside(template?.spec);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.podName,
      labels: { ...labelsToInherit(workload, use), ...sessionLabels(parts.sessionId, 'agent') },
      annotations: { ...template?.metadata?.annotations, [defaultContainerAnnotation]: use.container },
      ...ownerReferences(parts.owner, { asController: isSuccessor && isAdopting(use) }),
    },
    spec: {
      ...plain(spec),
      ...(isSuccessor ? ordinalNames(workload) : {}),
      ...(parts.serviceAccount === undefined ? {} : { serviceAccountName: parts.serviceAccount }),
      securityContext: podSecurity(spec),
      ...containersOf(spec, use, parts),
      volumes: [...(spec?.volumes ?? []), ...claimVolumes(workload, use.as), ...agentVolumes(secretName)],
    },
  };
}

function labelsToInherit(workload: WorkloadObject, { as }: TemplateUse): Record<string, string> {
  return as === 'copy' ? {} : { ...workload.spec?.template?.metadata?.labels, ...ordinalLabels(workload) };
}

function containersOf(
  spec: V1PodSpec | undefined,
  { container, as, skipInit }: TemplateUse,
  parts: AgentPodParts,
): Pick<V1PodSpec, 'containers' | 'initContainers'> {
  const containers = (spec?.containers ?? []).map((one) => (one.name === container ? agentInstead(one, parts, spec, as) : one));
  if (spec?.initContainers === undefined) return { containers };
  return { containers, initContainers: spec.initContainers.filter(({ name }) => !skipInit.includes(name)) };
}

/** Without what would keep it from standing beside the workload's own pods. */
function beside(spec: V1PodSpec | undefined): V1PodSpec | undefined {
  const alone = structuredClone(spec);
  for (const { ports = [] } of alone?.containers ?? []) for (const port of ports) delete port.hostPort;
  delete alone?.affinity?.podAntiAffinity;
  return alone;
}

function agentInstead(
  original: V1Container,
  { image, ports }: AgentPodParts,
  spec: V1PodSpec | undefined,
  as: TemplateUse['as'],
): V1Container {
  const kept = Object.fromEntries(Object.entries(original).filter(([field]) => !imageFields.has(field as keyof V1Container)));
  const known = original.ports ?? [];
  const added = ports.filter((port) => !known.some(({ containerPort }) => containerPort === port));
  return {
    ...kept,
    name: original.name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...agentRunning(),
    readinessProbe: as === 'successor' ? servingProbe() : readinessProbe(),
    ports: [...known, ...added.map((containerPort) => ({ containerPort }))],
    resources: enoughFor(original.resources),
    volumeMounts: [...(original.volumeMounts ?? []), ...agentMounts],
    ...userOf(original, spec),
  };
}

/** The stock image's own user is root, which `runAsNonRoot` forbids. */
function userOf({ securityContext }: V1Container, spec: V1PodSpec | undefined): Pick<V1Container, 'securityContext'> {
  const pod = spec?.securityContext;
  const nonRoot = securityContext?.runAsNonRoot ?? pod?.runAsNonRoot ?? false;
  const hasUser = (securityContext?.runAsUser ?? pod?.runAsUser) !== undefined;
  return nonRoot && !hasUser ? { securityContext: { ...plain(securityContext), runAsUser: agentUid } } : {};
}

/**
 * Ready within a moment of the agent's word: it blocks until the file is there, and a try that ran out of time is followed by the next.
 * The word holds until the container ends, which the kubelet sees by itself.
 */
function servingProbe(): V1Probe {
  return {
    exec: { command: ['sh', '-c', `until [ -e ${agentPaths.serving} ]; do sleep .1; done`] },
    periodSeconds: 1,
    timeoutSeconds: 60,
    failureThreshold: neverUnready,
  };
}

function podSecurity(spec: V1PodSpec | undefined): V1PodSecurityContext {
  const own = spec?.securityContext;
  return { ...plain(own), sysctls: [...(own?.sysctls ?? []).filter(({ name }) => name !== anyPort.name), anyPort] };
}

/** Node with ssh2 needs 256 MiB and some CPU to start; devices stay with the workload. */
function enoughFor({ limits = {}, requests = {} }: V1ResourceRequirements = {}): V1ResourceRequirements {
  return {
    requests: onlyPlain(requests),
    limits: {
      ...onlyPlain(limits),
      ...(limits['memory'] === undefined ? {} : { memory: atLeast(limits['memory'], '256Mi') }),
      ...(limits['cpu'] === undefined ? {} : { cpu: atLeast(limits['cpu'], '500m') }),
    },
  };
}

function onlyPlain(resources: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).filter(([name]) => ['cpu', 'memory', 'ephemeral-storage'].includes(name)));
}

/** A StatefulSet's first pod, by what its own would have: name, labels and claims. */
function ordinalNames(workload: WorkloadObject): Pick<V1PodSpec, 'hostname' | 'subdomain'> {
  return workload.kind === 'StatefulSet' ? { hostname: firstPod(workload), subdomain: workload.spec?.serviceName ?? '' } : {};
}

function ordinalLabels(workload: WorkloadObject): Record<string, string> {
  if (workload.kind !== 'StatefulSet') return {};
  return {
    'statefulset.kubernetes.io/pod-name': firstPod(workload),
    'apps.kubernetes.io/pod-index': String(workload.spec?.ordinals?.start ?? 0),
  };
}

function claimVolumes(workload: WorkloadObject, as: TemplateUse['as']): V1Volume[] {
  const sourceOf = (name: string): Omit<V1Volume, 'name'> =>
    as === 'copy' ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: `${name}-${firstPod(workload)}` } };
  const templates = workload.kind === 'StatefulSet' ? (workload.spec?.volumeClaimTemplates ?? []) : [];
  return templates.flatMap(({ metadata }) => (metadata?.name === undefined ? [] : [{ name: metadata.name, ...sourceOf(metadata.name) }]));
}

function firstPod(workload: WorkloadObject): string {
  return `${workload.metadata?.name ?? ''}-${workload.spec?.ordinals?.start ?? 0}`;
}
