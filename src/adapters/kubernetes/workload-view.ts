import type { V1Container, V1ObjectMeta, V1PersistentVolumeClaim, V1PodSpec } from '@kubernetes/client-node';
import type { TemplateVariables, WorkloadFacts, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import type { WorkloadReference } from '../../domain/workload/workload-reference.ts';
import type { WorkloadObject, WorkloadState, WorkloadStatus, WorkloadSurroundings } from './workload-object.ts';

/** The annotation that says which session has a workload's place. */
export const markAnnotation = 'inpod.dev/session';

/** What a workload says of itself. */
export function workloadFacts(
  { kind, name, resource }: WorkloadReference,
  { object, replicas, owners }: WorkloadState,
  { claims, strictBudgets }: WorkloadSurroundings,
): WorkloadFacts {
  const { metadata, spec } = object;
  const template = spec?.template?.spec;
  return {
    kind,
    name,
    ...(resource === undefined ? {} : { resource }),
    replicas: replicas ?? 0,
    heldBy: markOf(metadata),
    isEnding: metadata?.deletionTimestamp !== undefined,
    isRollingOut: isRollingOut(object, replicas ?? 0),
    owner: controllerOf(metadata),
    ...containerFacts(template),
    exclusive: [...strategyReasons(object), ...claims.flatMap(claimReason), ...placeReasons(template)],
    hindrances: [...scalingHindrances(object, replicas), ...strictBudgets.map(budgetHindrance)],
    obstacles: obstacles(template),
    replicasOwners: owners,
  };
}

/** @returns the mark, also one of another version; `undefined` where there is none, or nothing that can be read */
export function markOf(metadata: V1ObjectMeta | undefined): WorkloadMark | undefined {
  const text = metadata?.annotations?.[markAnnotation];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as WorkloadMark;
  } catch {
    return { version: 1, lease: text, holder: 'somebody', replicas: 0 };
  }
}

function containerFacts(template: V1PodSpec | undefined): Pick<WorkloadFacts, 'containers' | 'variables' | 'initContainers'> {
  const { containers = [], initContainers = [] } = template ?? {};
  return {
    containers: containers.map(({ name, ports = [] }) => ({
      name,
      tcpPorts: ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort),
    })),
    variables: Object.fromEntries(containers.map((one) => [one.name, templateVariables(one)])),
    initContainers: initContainers.map(({ name }) => name),
  };
}

function templateVariables({ env = [], envFrom = [] }: V1Container): TemplateVariables {
  const from = envFrom.flatMap(({ configMapRef, secretRef }) => [
    ...(configMapRef?.name === undefined ? [] : [`ConfigMap ${configMapRef.name}`]),
    ...(secretRef?.name === undefined ? [] : [`Secret ${secretRef.name}`]),
  ]);
  return { names: env.map(({ name }) => name), from };
}

/** Whether its controller has yet to see its last change. */
export function isUnseen(object: WorkloadObject): boolean {
  const seen = toldBy(object).observedGeneration;
  return seen !== undefined && Number(seen) < (object.metadata?.generation ?? 0);
}

/** Kubernetes' own that roll out leave out what is 0; what others leave out they don't tell. */
function toldBy({ apiVersion, kind = '', status }: WorkloadObject): WorkloadStatus {
  const isOwn = apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet'].includes(kind);
  return isOwn ? { observedGeneration: 0, replicas: 0, updatedReplicas: 0, ...status } : (status ?? {});
}

/** By what it tells of itself; a kind that tells nothing is taken for steady. */
function isRollingOut(object: WorkloadObject, wanted: number): boolean {
  const { replicas = wanted, updatedReplicas = wanted } = toldBy(object);
  return isUnseen(object) || replicas !== wanted || updatedReplicas < wanted;
}

function controllerOf(metadata: V1ObjectMeta | undefined): string | undefined {
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller === true);
  return controller && `${controller.kind}/${controller.name}`;
}

function strategyReasons({ spec }: WorkloadObject): readonly string[] {
  return spec?.strategy?.type === 'Recreate' ? ['its strategy is Recreate'] : [];
}

function claimReason({ metadata, spec }: V1PersistentVolumeClaim): readonly string[] {
  const modes = spec?.accessModes ?? [];
  const isShared = modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany');
  return isShared ? [] : [`the volume claim ${metadata?.name ?? ''} can be mounted on one node only`];
}

function placeReasons(template: V1PodSpec | undefined): readonly string[] {
  const hostPorts = (template?.containers ?? []).flatMap(({ ports }) => (ports ?? []).flatMap(({ hostPort }) => hostPort ?? []));
  const apart = template?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...(hostPorts.length > 0 ? [`it takes port ${hostPorts.join(', ')} of its node`] : []),
    ...(apart.length > 0 ? ["its pods mustn't share a node"] : []),
  ];
}

function obstacles(template: V1PodSpec | undefined): readonly string[] {
  return [
    ...(template === undefined ? ['it has no pod template of its own (spec.template)'] : []),
    ...(template?.hostNetwork === true ? ["its pods have their node's network (hostNetwork)"] : []),
    ...(template?.os?.name === 'windows' ? ['its pods run Windows'] : []),
  ];
}

function scalingHindrances({ spec }: WorkloadObject, replicas: number | undefined): readonly string[] {
  return [
    ...(replicas === undefined ? ['it has no replicas that can be scaled'] : []),
    ...(spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete'
      ? ['scaling it down deletes its volumes (whenScaled: Delete)']
      : []),
  ];
}

/** A pod of another controller makes such a budget fail to count, and then it allows no eviction of any of its pods. */
function budgetHindrance(name: string): string {
  return `its PodDisruptionBudget ${name} counts by the pods' controller, and would block all evictions meanwhile`;
}
