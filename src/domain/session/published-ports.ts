import type { Endpoint } from '../netstack/address/endpoint.ts';

/** What is to be opened and closed on the laptop. */
export interface PublishChanges {
  readonly publish: readonly number[];
  readonly withdraw: readonly number[];
}

/**
 * @param listening - sockets that listen in the process's network
 * @param ownPorts - those of them that are inpod's: what listens there for the pod or the laptop
 * @param published - ports that are published at the moment
 */
export function publishChanges(
  listening: readonly Endpoint[],
  ownPorts: ReadonlySet<number>,
  published: ReadonlySet<number>,
): PublishChanges {
  const wanted = new Set(listening.map(({ port }) => port).filter((port) => !ownPorts.has(port)));
  return {
    publish: [...wanted].filter((port) => !published.has(port)),
    withdraw: [...published].filter((port) => !wanted.has(port)),
  };
}
