import { ApiClient } from '../../adapters/kubernetes/api-client.ts';
import { inClusterTransport } from '../../adapters/kubernetes/in-cluster-transport.ts';
import { KubernetesLeases } from '../../adapters/kubernetes/kubernetes-leases.ts';
import { defaultTimings } from '../../adapters/kubernetes/kubernetes-timings.ts';
import { KubernetesWorkloads } from '../../adapters/kubernetes/kubernetes-workloads.ts';
import { systemClock } from '../../adapters/host/system-clock.ts';
import { guardianAccount, type GuardianSettings } from '../../domain/protocol/guardian-settings.ts';
import type { GuardParts } from '../use-cases/guard-session.ts';

/** A guardian needs no container, and of a cluster just two things. */
export async function guardianParts(
  { kubeNamespace, leaseName, guardMs, lookMs }: GuardianSettings,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<GuardParts> {
  const api = new ApiClient(await inClusterTransport(variables), defaultTimings);
  const leases = new KubernetesLeases(api, kubeNamespace, () => systemClock.wallMs());
  const cluster = Object.assign(leases, { workloads: new KubernetesWorkloads(api, kubeNamespace) });
  return {
    cluster,
    clock: systemClock,
    by: `${guardianAccount} (pod ${variables['HOSTNAME'] ?? ''})`,
    silenceMs: guardMs,
    leaseName,
    lookMs,
  };
}
