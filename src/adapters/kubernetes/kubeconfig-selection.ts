import { ClusterError } from '../../domain/errors.ts';
import type { ClusterChoice } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterEntry, Kubeconfig, UserEntry } from './kubeconfig-entries.ts';

/** The one cluster, user and namespace that a session talks to. */
export interface SelectedContext {
  readonly context: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly kubeNamespace: string;
}

/**
 * Chooses as kubectl does: `--context`, else the current one; `--namespace`, else the context's, else `default`.
 * @throws ClusterError `CONTEXT_NOT_FOUND` listing the contexts there are; `KUBECONFIG_INVALID` where the context points nowhere
 */
export function selectContext(config: Kubeconfig, choice: ClusterChoice): SelectedContext {
  const name = choice.context ?? config.currentContext;
  const context = name === undefined ? undefined : config.contexts.get(name);
  if (name === undefined || context === undefined) throw contextNotFound(name, [...config.contexts.keys()]);
  const cluster = config.clusters.get(context.cluster);
  if (cluster === undefined) throw dangling(name, 'cluster', context.cluster);
  if (!/^https?:\/\/[^/]/.test(cluster.server)) throw badServer(cluster);
  return {
    context: name,
    cluster,
    user: actingUser(config, name, context.user, choice.impersonate),
    kubeNamespace: choice.kubeNamespace ?? context.kubeNamespace ?? 'default',
  };
}

function actingUser(config: Kubeconfig, context: string, name: string, impersonate: string | undefined): UserEntry {
  // A context without a user is allowed: its requests are anonymous, or a proxy signs them.
  const anonymous: UserEntry = { name: 'anonymous', impersonate: { groups: [], extra: {} } };
  const user = name === '' ? anonymous : config.users.get(name);
  if (user === undefined) throw dangling(context, 'user', name);
  return impersonate === undefined ? user : { ...user, impersonate: { user: impersonate, groups: [], extra: {} } };
}

function contextNotFound(name: string | undefined, known: readonly string[]): ClusterError {
  const list = known.length === 0 ? 'there is none in it' : `there are: ${known.toSorted().join(', ')}`;
  return new ClusterError({
    code: 'CONTEXT_NOT_FOUND',
    message:
      name === undefined
        ? `the kubeconfig has no current context (${list})`
        : `there is no context ${JSON.stringify(name)} in the kubeconfig (${list})`,
    hint: 'choose one with --context, or: kubectl config use-context NAME',
    details: { contexts: known.toSorted() },
  });
}

function dangling(context: string, kind: 'cluster' | 'user', name: string): ClusterError {
  return new ClusterError({
    code: 'KUBECONFIG_INVALID',
    message: `the context ${JSON.stringify(context)} names the ${kind} ${JSON.stringify(name)}, which the kubeconfig doesn't have`,
    hint: 'see what there is: kubectl config view',
  });
}

function badServer(cluster: ClusterEntry): ClusterError {
  return new ClusterError({
    code: 'KUBECONFIG_INVALID',
    message: `the cluster ${JSON.stringify(cluster.name)} has no usable server in the kubeconfig: https://HOST:PORT is expected`,
    hint: `kubectl config set-cluster ${cluster.name} --server=https://HOST:PORT`,
  });
}
