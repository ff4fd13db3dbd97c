import { Cidr } from '../netstack/address/cidr.ts';
import type { TableRoute } from './proc-route-table.ts';
import type { RoutePlan } from './route-plan.ts';

/** A network of the laptop's that is the cluster's too. */
export interface RouteOverlap {
  readonly clusterRange: Cidr;
  /** The laptop's. */
  readonly network: Cidr;
  readonly interfaceName: string;
}

/** Networks of a cluster's own plugin, where the laptop is a node of it: the same network, twice. */
const clusterInterface = /^(cni|cbr|cali|cilium|flannel|kube-|vxlan\.calico|lxc|weave|antrea)/;

/**
 * Where the laptop's routes (its own networks, a VPN's) and the cluster's ranges mean the same addresses. What the user decided, by `--never-proxy` or
 * `--also-proxy`, is none; nor are default routes, in one piece or in two halves.
 */
export function findOverlaps(
  plan: Pick<RoutePlan, 'neverProxy' | 'alsoProxy' | 'clusterRanges'>,
  laptopRoutes: readonly TableRoute[],
): readonly RouteOverlap[] {
  const decided = [...plan.neverProxy, ...plan.alsoProxy];
  return laptopRoutes.flatMap(({ cidr, interfaceName }) => {
    const network = Cidr.parse(cidr);
    if (!network || network.prefixLength <= 1 || clusterInterface.test(interfaceName)) return [];
    return plan.clusterRanges
      .filter((range) => range.overlaps(network))
      .filter((range) => !decided.some((one) => one.covers(range.covers(network) ? network : range)))
      .map((clusterRange) => ({ clusterRange, network, interfaceName }));
  });
}

/** For people: what overlaps, and what to do about it. At most three are named. */
export function describeOverlaps(overlaps: readonly RouteOverlap[]): { readonly message: string; readonly hint: string } {
  const shown = overlaps
    .slice(0, 3)
    .map(({ clusterRange, network, interfaceName }) => `${network} of ${interfaceName} and ${clusterRange}`);
  const more = overlaps.length > shown.length ? `, and ${overlaps.length - shown.length} more` : '';
  const [first] = overlaps;
  const common = first?.clusterRange.covers(first.network) ? first.network : first?.clusterRange;
  const message = `this machine's networks and the cluster's overlap: ${shown.join(', ')}${more}; there your command reaches the cluster's`;
  return {
    message,
    hint: `--never-proxy ${common} (or an IP of it) leaves that to this machine; --also-proxy ${common} says that the cluster is meant`,
  };
}
