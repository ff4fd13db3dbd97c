import type { KubernetesObject } from '@kubernetes/client-node';
import { guardianAccount } from '../../domain/protocol/guardian-settings.ts';

/** What an administrator applies so that a namespace may have guardians: the account, and just the rights that giving back takes. */
export function guardianRights(kubeNamespace: string): readonly KubernetesObject[] {
  const metadata = { name: guardianAccount, namespace: kubeNamespace };
  const rbac = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'replicasets'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['replicationcontrollers'], verbs: ['get', 'patch'] },
  ];
  const subjects = [{ kind: 'ServiceAccount', name: guardianAccount, namespace: kubeNamespace }];
  const roleRef = { apiGroup: rbac, kind: 'Role', name: guardianAccount };
  const objects: readonly (KubernetesObject & object)[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    Object.assign({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata }, { rules }),
    Object.assign({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata }, { subjects, roleRef }),
  ];
  return objects;
}
