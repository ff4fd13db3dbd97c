import type { KubernetesObject, V1CustomResourceDefinition, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';

/** A kind of the tests' own, shaped as one of the field's. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** Where its replicas are, in the object and for its `scale` subresource. */
  readonly replicasAt: 'replicas' | 'size';
  /** OpenShift's selectors are plain maps. */
  readonly plainSelector: boolean;
}

/** An object of such a kind. */
export interface CustomObject extends KubernetesObject {
  readonly spec: { readonly replicas?: number; readonly size?: number; readonly template: V1PodTemplateSpec; readonly selector: object };
}

/** @see {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#scale-subresource | Scale subresource} */
export function definitionOf({ group, version, kind, plural, shortNames, replicasAt }: CustomKind): KubernetesObject {
  const free = { type: 'object', x_kubernetes_preserve_unknown_fields: true };
  const definition: V1CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), shortNames: [...shortNames] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: free, status: free } } },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: `.spec.${replicasAt}`,
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
        },
      ],
    },
  };
  return definition;
}

/** What `edit` lacks on such kinds; aggregated to it. */
export function rightsOn({ group, plural }: CustomKind): KubernetesObject {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `inpod-e2e-${plural}`, labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
    rules: [{ apiGroups: [group], resources: [plural, `${plural}/scale`], verbs: ['get', 'patch'] }],
  };
  return role;
}

/** The workload as one of that kind. */
export function customObject({ group, version, kind, replicasAt, plainSelector }: CustomKind, workload: KubernetesObject): CustomObject {
  const { metadata, spec } = workload as CustomObject & { readonly spec: { readonly selector: { readonly matchLabels: object } } };
  const { replicas, selector, template } = spec;
  return {
    apiVersion: `${group}/${version}`,
    kind,
    ...(metadata ? { metadata } : {}),
    spec: { [replicasAt]: replicas, selector: plainSelector ? selector.matchLabels : selector, template },
  };
}

/** A pod of its template, of which it is the controller. */
export function podOf({ apiVersion, kind, metadata, spec }: CustomObject, suffix: string): V1Pod {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${suffix}`,
      namespace,
      labels: { ...spec.template.metadata?.labels },
      ownerReferences: [{ apiVersion: apiVersion ?? '', kind: kind ?? '', name, uid, controller: true }],
    },
    ...(spec.template.spec ? { spec: spec.template.spec } : {}),
  };
}
