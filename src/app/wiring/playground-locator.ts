import { channelOfUnixSocket } from '../../adapters/host/socket-channel.ts';
import { userName } from '../../adapters/host/user-name.ts';
import { loadKubeconfig } from '../../adapters/kubernetes/kubeconfig-files.ts';
import { PlaygroundLocator } from '../../adapters/playground/playground-locator.ts';
import { playgroundSocket } from '../../adapters/playground/playground-socket-path.ts';
import { ClusterError, UsageError } from '../../domain/errors.ts';
import { playgroundContext } from '../../domain/playground/playground-context.ts';
import type { ClusterChoice, ClusterLocator, ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { playgroundFolder } from '../cli/state-paths.ts';

/** Whose playground is meant, and whose kubeconfig. */
interface PlaygroundSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** From an agent pod's creation until the agent listens, at most, in milliseconds. */
  readonly podReadyMs?: number;
}

/**
 * For a choice by the playground's name: the playground, unless the kubeconfig has a context of that name. Then a user must say which is meant; a repair
 * means the context, since beside it no session of a playground can have been started.
 * @param kubernetes - finds real clusters
 * @throws UsageError `FLAG_CONFLICT`; what the locators throw
 */
export async function locatePlayground(
  choice: ClusterChoice,
  surroundings: PlaygroundSurroundings,
  kubernetes: ClusterLocator,
): Promise<ClusterPort> {
  if (isRealContext(choice, surroundings)) {
    if (choice.kubeconfigList !== undefined) return kubernetes.locate(choice);
    throw ambiguous();
  }
  const { environment, home, podReadyMs } = surroundings;
  const socketPath = playgroundSocket(playgroundFolder(environment, home));
  return new PlaygroundLocator({ socketPath, userName: userName(), podReadyMs, asChannel: channelOfUnixSocket }).locate(choice);
}

/** A kubeconfig that is absent or broken is no hindrance, unless it was named. */
function isRealContext({ kubeconfig, kubeconfigList }: ClusterChoice, { environment, home }: PlaygroundSurroundings): boolean {
  try {
    const { contexts } = loadKubeconfig({
      explicit: kubeconfig,
      environment: kubeconfigList === undefined ? environment : { ...environment, KUBECONFIG: kubeconfigList },
      homeDirectory: home,
      // An account of a pod that we run in has no context of that name.
      serviceAccountDirectory: '/dev/null',
    });
    return contexts.has(playgroundContext);
  } catch (error) {
    if (error instanceof ClusterError && kubeconfig === undefined) return false;
    throw error;
  }
}

function ambiguous(): UsageError {
  return new UsageError({
    code: 'FLAG_CONFLICT',
    message: `your kubeconfig has a context ${playgroundContext}, which is also the name of the playground`,
    hint: `rename yours: kubectl config rename-context ${playgroundContext} NAME; or leave it out for once: KUBECONFIG=/dev/null inpod run ...`,
  });
}
