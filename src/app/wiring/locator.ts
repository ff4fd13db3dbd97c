import { KubernetesLocator } from '../../adapters/kubernetes/kubernetes-locator.ts';
import { playgroundContext } from '../../domain/playground/playground-context.ts';
import type { ClusterLocator } from '../../domain/ports/cluster/cluster-port.ts';

/** What finding clusters needs of the program. */
export interface LocatorContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Only for those who make pods. */
  readonly podReadyMs?: number;
}

/**
 * Finds clusters as kubectl would for this user, and the playground by its name; apart from the container, since the watchdog needs nothing else of it.
 */
export function makeLocator(context: LocatorContext): ClusterLocator {
  const { environment, home, podReadyMs } = context;
  const timings = podReadyMs === undefined ? {} : { podTimeoutMs: podReadyMs };
  const kubernetes = new KubernetesLocator({ environment, homeDirectory: home, timings });
  return {
    locate: async (choice) => {
      if (choice.context !== playgroundContext) return kubernetes.locate(choice);
      const { locatePlayground } = await import('./playground-locator.ts');
      return locatePlayground(choice, context, kubernetes);
    },
  };
}
