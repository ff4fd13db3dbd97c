import { ClusterError } from '../../domain/errors.ts';
import type { ClusterChoice, ClusterLocator, ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { playgroundContext } from '../../domain/playground/playground-context.ts';
import { shopNamespace } from '../../domain/playground/sample-shop.ts';
import type { SocketToChannel } from './line-socket.ts';
import { PlaygroundCluster } from './playground-cluster.ts';

/** What of this machine decides which playground is meant. */
export interface PlaygroundLocatorOptions {
  /** Of this user's playground. */
  readonly socketPath: string;
  /** Who the user is, for people. */
  readonly userName: string;
  /** From an agent pod's creation until the agent listens, at most; by default two minutes. */
  readonly podReadyMs?: number | undefined;
  readonly asChannel: SocketToChannel;
}

const defaultReadyMs = 120_000;

/** Finds the playground of this user. Whether one runs is seen by the first call. */
export class PlaygroundLocator implements ClusterLocator {
  readonly #options: PlaygroundLocatorOptions;

  constructor(options: PlaygroundLocatorOptions) {
    this.#options = options;
  }

  /** The context's own namespace is the sample's. @throws ClusterError `FORBIDDEN` for another user than the one there is */
  locate({ kubeNamespace = shopNamespace, impersonate }: ClusterChoice): Promise<ClusterPort> {
    const { socketPath, userName, asChannel, podReadyMs = defaultReadyMs } = this.#options;
    if (impersonate !== undefined) return Promise.reject(noOtherUser(impersonate));
    const identity = {
      context: playgroundContext,
      cluster: playgroundContext,
      server: `unix:${socketPath}`,
      kubeNamespace,
      user: userName,
    };
    return Promise.resolve(new PlaygroundCluster({ identity, socketPath, podReadyMs, asChannel }));
  }
}

function noOtherUser(wanted: string): ClusterError {
  return new ClusterError({
    code: 'FORBIDDEN',
    message: `the playground has no user ${wanted}: whoever started it is its only one`,
    hint: 'leave out --as',
  });
}
