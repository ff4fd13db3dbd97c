import { KubernetesLocator } from '../../adapters/kubernetes/kubernetes-locator.ts';
import type { ClusterLocator } from '../../domain/ports/cluster/cluster-port.ts';

/** Finds clusters as kubectl would for this user; apart from the container, since the watchdog needs nothing else of it. */
export function makeLocator(environment: Readonly<Record<string, string | undefined>>, homeDirectory: string): ClusterLocator {
  return new KubernetesLocator({ environment, homeDirectory });
}
