import { ClusterError } from '../errors.ts';
import type { ExposedPort } from '../session/inbound-plan.ts';
import { agentPort } from '../protocol/protocol.ts';
import { sessionOf, type FieldOwner, type WorkloadFacts, type WorkloadMark } from './workload-facts.ts';
import { describeWorkload, type WorkloadTarget } from './workload-reference.ts';

/**
 * `served-first`: the workload serves until the process does, then it is scaled to 0. `scaled-first`: it must go before its successor comes;
 * `gap` says why, for people.
 */
export type SwapOrder =
  | { readonly order: 'served-first' }
  | {
      readonly order: 'scaled-first';
      readonly gap: string;
      /** The quota has room for its successor only when its pods are gone. */
      readonly freesQuota?: boolean;
    };

/** What a swap will be. */
export interface SwapDecision {
  readonly container: string;
  readonly order: SwapOrder;
  /** The ports that lead to the process. */
  readonly expose: readonly ExposedPort[];
}

/**
 * Whether and how a workload's place can be taken.
 * @param explicit - the ports that were asked for
 * @throws ClusterError `WORKLOAD_UNSUITABLE`, `WORKLOAD_TAKEN`
 */
export function decideSwap(facts: WorkloadFacts, target: WorkloadTarget, explicit: readonly ExposedPort[]): SwapDecision {
  const name = describeWorkload(facts);
  if (facts.heldBy) throw taken(name, facts.heldBy);
  const refusal = refusalOf(facts, name);
  if (refusal) throw new ClusterError({ code: 'WORKLOAD_UNSUITABLE', ...refusal });
  const container = containerOf(facts, target);
  const expose = exposedByTemplate(facts, container, explicit);
  return { container, order: orderOf(facts, expose), expose };
}

/** The order where the namespace's quota hasn't room for one pod more; `undefined` where scaling the workload makes no room either. */
export function orderUnderQuota({ order }: SwapOrder, replicas: number): SwapOrder | undefined {
  if (order === 'scaled-first' || replicas === 0) return undefined;
  return { order: 'scaled-first', gap: "the namespace's quota has no room for one pod more", freesQuota: true };
}

/** What a held workload is once it was given back: somebody who scaled it meanwhile has the last word. @param replicasOwners - before it was held */
export function freed(facts: WorkloadFacts, mark: WorkloadMark, replicasOwners: readonly FieldOwner[]): WorkloadFacts {
  const isScaledByHolder = facts.replicas === 0;
  return {
    ...facts,
    heldBy: undefined,
    replicasOwners,
    ...(isScaledByHolder ? { replicas: mark.replicas, isRollingOut: false } : {}),
  };
}

/** The container's ports lead to the process by themselves; an explicit mapping wins, of either end. */
function exposedByTemplate(facts: WorkloadFacts, container: string, explicit: readonly ExposedPort[]): readonly ExposedPort[] {
  const ports = facts.containers.find(({ name }) => name === container)?.tcpPorts ?? [];
  const isFree = (port: number): boolean =>
    port !== agentPort && !explicit.some(({ localPort, podPort }) => podPort === port || localPort === port);
  return [...explicit, ...ports.filter(isFree).map((port) => ({ localPort: port, podPort: port }))];
}

/**
 * The container whose place the process has in a copy: the workload itself isn't touched, whatever happens to it meanwhile.
 * @throws ClusterError `WORKLOAD_UNSUITABLE`
 */
export function containerToCopy(facts: WorkloadFacts, target: WorkloadTarget): string {
  if (facts.obstacles.length === 0) return containerOf(facts, target);
  throw new ClusterError({
    code: 'WORKLOAD_UNSUITABLE',
    message: `${describeWorkload(facts)} can't be copied: ${facts.obstacles.join('; ')}`,
    hint: 'run with a pod of your own: leave --copy out',
  });
}

function containerOf(facts: WorkloadFacts, { container }: WorkloadTarget): string {
  const names = facts.containers.map(({ name }) => name);
  const chosen = container ?? names[0] ?? '';
  if (names.includes(chosen)) return chosen;
  throw new ClusterError({
    code: 'WORKLOAD_UNSUITABLE',
    message: `${describeWorkload(facts)} has no container ${JSON.stringify(chosen)}`,
    hint: `it has: ${names.join(', ')}`,
  });
}

function orderOf({ kind, exclusive }: WorkloadFacts, expose: readonly ExposedPort[]): SwapOrder {
  const reasons = [
    ...(kind === 'StatefulSet' ? ["a StatefulSet's pods have names of their own"] : []),
    ...(expose.length === 0 ? ['it names no ports, so nobody can tell when your command is at work: --expose them'] : []),
    ...exclusive,
  ];
  return reasons.length === 0 ? { order: 'served-first' } : { order: 'scaled-first', gap: reasons.join('; ') };
}

function refusalOf(facts: WorkloadFacts, name: string): { readonly message: string; readonly hint: string } | undefined {
  if (facts.isEnding) return { message: `${name} is being deleted`, hint: 'wait until it is there again, or choose another' };
  const obstacles = [...facts.obstacles, ...facts.hindrances];
  if (obstacles.length > 0) {
    return {
      message: `the place of ${name} can't be taken: ${obstacles.join('; ')}`,
      hint: facts.obstacles.length === 0 ? `run beside it: --copy ${name}` : 'run beside it, with a pod of your own: leave --swap out',
    };
  }
  if (facts.owner !== undefined) {
    const owner = facts.owner.replace(/^[^/]+/, (kind) => kind.toLowerCase());
    return {
      message: `${name} belongs to ${facts.owner}, which would scale it up again`,
      hint: `take the place of its owner: --swap ${owner}`,
    };
  }
  if (facts.isRollingOut) {
    return { message: `${name} is rolling out`, hint: `wait until it is done: kubectl rollout status ${name}` };
  }
  return undefined;
}

/** @returns the error for a workload that another session has */
export function taken(name: string, mark: Pick<WorkloadMark, 'lease' | 'holder'>): ClusterError {
  return new ClusterError({
    code: 'WORKLOAD_TAKEN',
    message: `${name} is taken by ${mark.holder} (session ${sessionOf(mark)})`,
    hint: 'ask them to end it, or see whether it still lives: inpod status',
  });
}
