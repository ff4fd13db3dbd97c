import type { Cidr } from '../netstack/address/cidr.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';

/** Where a destination is reached from. */
export type RouteSide = 'cluster' | 'laptop' | 'laptop-loopback';

/** A decision and what decided it, for the log. */
export interface RouteDecision {
  readonly side: RouteSide;
  readonly reason: string;
}

/** What is known when a connection opens. All of it changes only by replacing the whole. */
export interface RoutePlan {
  /** The address by which the child reaches the laptop's own localhost. */
  readonly hostAddress: IpAddress;
  /** Networks of `--never-proxy`, which wins over everything but the host address. */
  readonly neverProxy: readonly Cidr[];
  /** `--also-proxy`. */
  readonly alsoProxy: readonly Cidr[];
  /** The cluster's own networks. */
  readonly clusterRanges: readonly Cidr[];
}

/** How an address became known lately: the cluster's DNS gave it, and it is the cluster's, in or out of its ranges; or it is that of a name of `--never-proxy`. */
export type Learnt = 'cluster' | 'never-proxy' | undefined;

export function decideRoute(plan: RoutePlan, destination: IpAddress, learnt: Learnt): RouteDecision {
  if (destination.equals(plan.hostAddress)) return { side: 'laptop-loopback', reason: 'the laptop, by its name in the session' };
  if (learnt === 'never-proxy') return { side: 'laptop', reason: 'an address of a name of --never-proxy' };
  const excluded = plan.neverProxy.find((cidr) => cidr.contains(destination));
  if (excluded) return { side: 'laptop', reason: `--never-proxy ${excluded.toString()}` };
  const included = plan.alsoProxy.find((cidr) => cidr.contains(destination));
  if (included) return { side: 'cluster', reason: `--also-proxy ${included.toString()}` };
  const range = plan.clusterRanges.find((cidr) => cidr.contains(destination));
  if (range) return { side: 'cluster', reason: `cluster range ${range.toString()}` };
  if (learnt === 'cluster') return { side: 'cluster', reason: "the cluster's DNS gave this address" };
  return { side: 'laptop', reason: "not the cluster's" };
}
