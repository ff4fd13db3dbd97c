import { devNull } from 'node:os';
import type { ClusterIdentity } from '../../../domain/ports/cluster/identity.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { environmentName } from '../../config/setting-table.ts';

/** How another `inpod run` of the same cluster, namespace, user and pod is called. */
export interface SessionCall {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Nothing else of a project's settings holds for it: no workload, no port, no variable. */
export function sessionCall(
  settings: RunSettings,
  { kubeNamespace }: ClusterIdentity,
  environment: Readonly<Record<string, string | undefined>>,
): SessionCall {
  const { context, kubeconfig, impersonate, serviceAccount, yes } = settings;
  const given = { '--context': context, '--kubeconfig': kubeconfig, '--as': impersonate, '--serviceaccount': serviceAccount };
  const words = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  const others = Object.entries(environment).filter(([name]) => !name.startsWith(environmentName([''])));
  return {
    flags: ['--config', devNull, '-n', kubeNamespace, ...words, ...(yes ? ['--yes'] : [])],
    environment: { ...Object.fromEntries(others), [environmentName(['agent', 'image'])]: settings.agent.image },
  };
}
