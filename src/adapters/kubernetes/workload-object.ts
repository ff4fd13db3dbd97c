import type {
  KubernetesObject,
  V1LabelSelector,
  V1PersistentVolumeClaim,
  V1PodTemplateSpec,
  V1StatefulSetSpec,
} from '@kubernetes/client-node';
import type { FieldOwner } from '../../domain/workload/workload-facts.ts';

/** What kinds with a pod template have in common; each has some of it. */
export interface WorkloadObject extends KubernetesObject {
  readonly spec?: WorkloadSpec | undefined;
  readonly status?: WorkloadStatus | undefined;
}

/** Of Deployments, StatefulSets and their like, and of custom resources that are shaped as these. */
export interface WorkloadSpec extends Partial<
  Pick<V1StatefulSetSpec, 'serviceName' | 'ordinals' | 'persistentVolumeClaimRetentionPolicy' | 'volumeClaimTemplates'>
> {
  replicas?: number;
  /** A ReplicationController's, and an OpenShift DeploymentConfig's, is a plain map of labels. */
  selector?: V1LabelSelector | Readonly<Record<string, string>>;
  template?: V1PodTemplateSpec;
  strategy?: { readonly type?: string };
}

/** Which of them a kind tells is its own matter. */
export interface WorkloadStatus {
  /** An Argo Rollout's is a text. */
  readonly observedGeneration?: number | string;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
}

/** A workload as it is now. */
export interface WorkloadState {
  readonly object: WorkloadObject;
  /** Whether `spec.replicas` is in the object, so that one write can test and change both; else the `scale` subresource alone has it. */
  readonly hasReplicas: boolean;
  /** `undefined` where it can't be scaled. */
  readonly replicas: number | undefined;
  /** Who owns these, by server-side apply's bookkeeping; where only `scale` has them it isn't told, and whoever scales makes them nobody's. */
  readonly owners: readonly FieldOwner[];
}

/** The selector in the form that all of the API's lists take. */
export function selectorOf({ spec }: WorkloadObject): V1LabelSelector {
  const selector = spec?.selector ?? {};
  return isLabelSelector(selector) ? selector : { matchLabels: selector };
}

function isLabelSelector(selector: V1LabelSelector | Readonly<Record<string, string>>): selector is V1LabelSelector {
  const { matchLabels, matchExpressions } = selector;
  return typeof matchLabels === 'object' || Array.isArray(matchExpressions) || Object.keys(selector).length === 0;
}

/** Names of the claims that the template mounts. */
export function claimNames({ spec }: WorkloadObject): readonly string[] {
  return (spec?.template?.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** What can be read besides the object. */
export interface WorkloadSurroundings {
  readonly claims: readonly V1PersistentVolumeClaim[];
  /** Names of the PodDisruptionBudgets of its pods that can't count a pod of another controller; asked for kinds that adopt pods only. */
  readonly strictBudgets: readonly string[];
}
