import type { WorkloadFacts } from '../../src/domain/workload/workload-facts.ts';

/** A usual Deployment, which serves. */
export function workloadFacts(changes: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return {
    kind: 'Deployment',
    name: 'web',
    replicas: 2,
    heldBy: undefined,
    isEnding: false,
    isRollingOut: false,
    owner: undefined,
    containers: [{ name: 'main', tcpPorts: [8080] }],
    initContainers: [],
    variables: { main: { names: ['COLOUR', 'NODE_OPTIONS', 'HOME'], from: ['Secret keys'] } },
    exclusive: [],
    hindrances: [],
    obstacles: [],
    replicasOwners: [],
    ...changes,
  };
}
