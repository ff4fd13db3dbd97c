import { KubernetesLocator } from '../../adapters/kubernetes/kubernetes-locator.ts';
import type { ClusterLocator } from '../../domain/ports/cluster/cluster-port.ts';

/** What finding clusters needs of the program. */
export interface LocatorContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Only for those who make pods. */
  readonly podReadyMs?: number;
}

/** Finds clusters as kubectl would for this user; apart from the container, since the watchdog needs nothing else of it. */
export function makeLocator({ environment, home, podReadyMs }: LocatorContext): ClusterLocator {
  return new KubernetesLocator({ environment, homeDirectory: home, timings: podReadyMs === undefined ? {} : { podTimeoutMs: podReadyMs } });
}
