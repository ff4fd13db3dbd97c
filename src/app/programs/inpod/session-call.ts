import { devNull } from 'node:os';
import type { ClusterIdentity } from '../../../domain/ports/cluster/identity.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { environmentName } from '../../config/setting-table.ts';

/** How another `inpod run` of the same cluster, namespace, user and pod is called. */
export interface SessionCall {
  readonly flags: readonly string[];
  /** The same in kubectl's words. */
  readonly kubectlFlags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Nothing else of a project's settings holds for it: no workload, no port, no variable. */
export function sessionCall(
  settings: RunSettings,
  { kubeNamespace }: ClusterIdentity,
  environment: Readonly<Record<string, string | undefined>>,
): SessionCall {
  const { context, kubeconfig, impersonate, serviceAccount, yes } = settings;
  const where = ['-n', kubeNamespace, ...wordsOf({ '--context': context, '--kubeconfig': kubeconfig, '--as': impersonate })];
  const others = Object.entries(environment).filter(([name]) => !name.startsWith(environmentName([''])));
  return {
    flags: ['--config', devNull, ...where, ...wordsOf({ '--serviceaccount': serviceAccount }), ...(yes ? ['--yes'] : [])],
    kubectlFlags: where,
    environment: { ...Object.fromEntries(others), [environmentName(['agent', 'image'])]: settings.agent.image },
  };
}

function wordsOf(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}
