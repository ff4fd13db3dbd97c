import { Cidr } from '../netstack/address/cidr.ts';
import type { TableRoute } from './proc-route-table.ts';
import type { RoutePlan } from './route-plan.ts';

/** A network of the laptop's that is the cluster's too. */
export interface RouteOverlap {
  readonly clusterRange: Cidr;
  /** The laptop's. */
  readonly network: Cidr;
  readonly interfaceName: string;
  /** The laptop's routing table, where it isn't the main one. */
  readonly table?: string | undefined;
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
  return laptopRoutes.flatMap(({ cidr, interfaceName, table }) => {
    const network = Cidr.parse(cidr);
    if (!network || network.prefixLength <= 1 || clusterInterface.test(interfaceName)) return [];
    return plan.clusterRanges
      .filter((range) => range.overlaps(network))
      .filter((range) => !decided.some((one) => one.covers(commonOf({ clusterRange: range, network }))))
      .map((clusterRange) => ({ clusterRange, network, interfaceName, table }));
  });
}

/**
 * For people: what overlaps, and what to do about it. At most three are named.
 * @param isIsolated - only the command's traffic is changed, rather than the whole machine's
 */
export function describeOverlaps(
  overlaps: readonly RouteOverlap[],
  isIsolated: boolean,
): { readonly message: string; readonly hint: string } {
  const shown = overlaps.slice(0, 3).map((one) => `${one.network} of ${wayOf(one)} and ${one.clusterRange}`);
  const more = overlaps.length > shown.length ? `, and ${overlaps.length - shown.length} more` : '';
  const common = overlaps[0] && commonOf(overlaps[0]);
  const who = isIsolated ? 'your command reaches' : 'all programs of this machine reach';
  const choices = `--never-proxy ${common} (or an IP of it) leaves that to this machine; --also-proxy ${common} says that the cluster is meant`;
  return {
    message: `this machine's networks and the cluster's overlap: ${shown.join(', ')}${more}; there ${who} the cluster's`,
    hint: isIsolated ? choices : `${choices}; with --backend tun it's the command's traffic alone`,
  };
}

/**
 * What tells overlaps apart, so that each is told once: a network of the laptop's, and where it meets the cluster's. Of a cluster whose networks are known in pieces,
 * pod by pod, those of one IPv4 /16 or IPv6 /64 are one.
 */
export function overlapName(overlap: RouteOverlap): string {
  const { address, prefixLength } = commonOf(overlap);
  const area = Cidr.of(address, Math.min(prefixLength, address.version === 4 ? 16 : 64));
  return `${overlap.network} ${overlap.interfaceName} ${area?.toString()}`;
}

/** Networks nest: the smaller one. */
function commonOf({ clusterRange, network }: Pick<RouteOverlap, 'clusterRange' | 'network'>): Cidr {
  return clusterRange.covers(network) ? network : clusterRange;
}

function wayOf({ interfaceName, table }: RouteOverlap): string {
  return table === undefined ? interfaceName : `${interfaceName} (table ${table})`;
}
