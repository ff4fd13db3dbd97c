import type {
  V1Container,
  V1Pod,
  V1PodSecurityContext,
  V1PodSpec,
  V1Probe,
  V1ResourceRequirements,
  V1StatefulSet,
  V1Volume,
} from '@kubernetes/client-node';
import { agentPaths } from '../../domain/protocol/protocol.ts';
import {
  agentMounts,
  agentRunning,
  agentUid,
  agentVolumes,
  anyPort,
  defaultContainerAnnotation,
  ownerReferences,
  sessionLabels,
  type AgentPodParts,
} from './agent-pod-manifest.ts';
import { plain } from './plain.ts';
import { atLeast } from './quantity.ts';
import type { WorkloadObject } from './workload-view.ts';

/** Of a container's spec: what belongs to its image, or would end or change the agent. */
const imageFields = new Set<keyof V1Container>([
  'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'stdin', 'stdinOnce', 'tty',
]); // prettier-ignore

/**
 * A pod of the workload's template, with the agent in place of one container. Its labels make it an endpoint of the workload's Services as soon as it says
 * that it serves; no controller takes it for its own, since it has no `pod-template-hash` and no ordinal.
 */
export function swapPodManifest(
  workload: WorkloadObject,
  { container, skipInit }: { readonly container: string; readonly skipInit: readonly string[] },
  parts: AgentPodParts,
  secretName: string,
): V1Pod {
  const { metadata, spec } = workload.spec?.template ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.podName,
      labels: { ...metadata?.labels, ...ordinalLabels(workload), ...sessionLabels(parts.sessionId, 'agent') },
      annotations: { ...metadata?.annotations, [defaultContainerAnnotation]: container },
      ...ownerReferences(parts.owner),
    },
    spec: {
      ...plain(spec),
      ...ordinalNames(workload),
      ...(parts.serviceAccount === undefined ? {} : { serviceAccountName: parts.serviceAccount }),
      securityContext: podSecurity(spec),
      containers: (spec?.containers ?? []).map((one) => (one.name === container ? agentInstead(one, parts, spec) : one)),
      ...(spec?.initContainers === undefined ? {} : { initContainers: spec.initContainers.filter(({ name }) => !skipInit.includes(name)) }),
      volumes: [...(spec?.volumes ?? []), ...claimVolumes(workload), ...agentVolumes(secretName)],
    },
  };
}

function agentInstead(original: V1Container, { image, ports }: AgentPodParts, spec: V1PodSpec | undefined): V1Container {
  const kept = Object.fromEntries(Object.entries(original).filter(([field]) => !imageFields.has(field as keyof V1Container)));
  const known = original.ports ?? [];
  const added = ports.filter((port) => !known.some(({ containerPort }) => containerPort === port));
  return {
    ...kept,
    name: original.name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...agentRunning(),
    readinessProbe: servingProbe(),
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

/** Ready within a moment of the agent's word: it blocks until the file is there, and a try that ran out of time is followed by the next. */
function servingProbe(): V1Probe {
  return {
    exec: { command: ['sh', '-c', `until [ -e ${agentPaths.serving} ]; do sleep .1; done`] },
    periodSeconds: 1,
    timeoutSeconds: 60,
    failureThreshold: 1,
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
  return workload.kind === 'StatefulSet' ? { hostname: firstPod(workload), subdomain: statefulSpec(workload)?.serviceName ?? '' } : {};
}

function ordinalLabels(workload: WorkloadObject): Record<string, string> {
  if (workload.kind !== 'StatefulSet') return {};
  return {
    'statefulset.kubernetes.io/pod-name': firstPod(workload),
    'apps.kubernetes.io/pod-index': String(statefulSpec(workload)?.ordinals?.start ?? 0),
  };
}

function claimVolumes(workload: WorkloadObject): V1Volume[] {
  const templates = workload.kind === 'StatefulSet' ? (statefulSpec(workload)?.volumeClaimTemplates ?? []) : [];
  return templates.flatMap(({ metadata }) =>
    metadata?.name === undefined
      ? []
      : [{ name: metadata.name, persistentVolumeClaim: { claimName: `${metadata.name}-${firstPod(workload)}` } }],
  );
}

function firstPod(workload: WorkloadObject): string {
  return `${workload.metadata?.name ?? ''}-${statefulSpec(workload)?.ordinals?.start ?? 0}`;
}

function statefulSpec(workload: WorkloadObject): V1StatefulSet['spec'] {
  return (workload as V1StatefulSet).spec;
}
