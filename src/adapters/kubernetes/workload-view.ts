import type {
  V1Container,
  V1Deployment,
  V1DeploymentSpec,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1PodSpec,
  V1StatefulSet,
  V1StatefulSetSpec,
} from '@kubernetes/client-node';
import type { FieldOwner, TemplateVariables, WorkloadFacts, WorkloadMark } from '../../domain/workload/workload-facts.ts';
import type { WorkloadKind } from '../../domain/workload/workload-reference.ts';

/** A workload as the API has it. */
export type WorkloadObject = V1Deployment | V1StatefulSet;

/** The annotation that says which session has a workload's place. */
export const markAnnotation = 'inpod.dev/session';

/** What a workload says of itself. @param claims - the persistent volume claims that its template names */
export function workloadFacts(kind: WorkloadKind, object: WorkloadObject, claims: readonly V1PersistentVolumeClaim[]): WorkloadFacts {
  const { metadata, spec } = object;
  const template = spec?.template.spec;
  return {
    kind,
    name: metadata?.name ?? '',
    replicas: spec?.replicas ?? 1,
    heldBy: markOf(metadata),
    isEnding: metadata?.deletionTimestamp !== undefined,
    isRollingOut: isRollingOut(object),
    owner: controllerOf(metadata),
    ...containerFacts(template),
    exclusive: [...strategyReasons(object), ...claims.flatMap(claimReason), ...placeReasons(template)],
    scalingHarms: scalingHarms(object),
    obstacles: obstacles(object),
    replicasOwners: replicasOwners(metadata),
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

/** Names of the claims that the template mounts. */
export function claimNames({ spec }: WorkloadObject): readonly string[] {
  return (spec?.template.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
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

function isRollingOut({ metadata, spec, status }: WorkloadObject): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0 } = status ?? {};
  const wanted = spec?.replicas ?? 1;
  return observedGeneration < (metadata?.generation ?? 0) || replicas !== wanted || (wanted > 0 && updatedReplicas < wanted);
}

function controllerOf(metadata: V1ObjectMeta | undefined): string | undefined {
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller === true);
  return controller && `${controller.kind}/${controller.name}`;
}

function strategyReasons(object: WorkloadObject): readonly string[] {
  const spec: V1DeploymentSpec | V1StatefulSetSpec | undefined = object.spec;
  return spec && 'strategy' in spec && spec.strategy?.type === 'Recreate' ? ['its strategy is Recreate'] : [];
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

function obstacles(object: WorkloadObject): readonly string[] {
  const template = object.spec?.template.spec;
  return [
    ...(template?.hostNetwork === true ? ["its pods have their node's network (hostNetwork)"] : []),
    ...(template?.os?.name === 'windows' ? ['its pods run Windows'] : []),
  ];
}

function scalingHarms(object: WorkloadObject): readonly string[] {
  const retention = (object as V1StatefulSet).spec?.persistentVolumeClaimRetentionPolicy;
  return retention?.whenScaled === 'Delete' ? ['scaling it down deletes its volumes (whenScaled: Delete)'] : [];
}

/** Entries of `managedFields` that have `spec.replicas`. */
function replicasOwners(metadata: V1ObjectMeta | undefined): readonly FieldOwner[] {
  return (metadata?.managedFields ?? []).flatMap(({ manager = '', operation = '', apiVersion = '', subresource = '', fieldsV1 }) => {
    const spec = (fieldsV1 as Readonly<Record<string, object>> | undefined)?.['f:spec'];
    return spec && 'f:replicas' in spec ? [{ manager, operation, apiVersion, subresource }] : [];
  });
}
