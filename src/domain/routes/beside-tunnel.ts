import { Cidr } from '../netstack/address/cidr.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';
import type { TunnelNetworks, TunnelRouting } from '../ports/tunnel-port.ts';

/** Whether an address is reached through the cluster only because a name of the cluster's led to it. */
export function reachesNamedAddresses(routing: TunnelRouting): boolean {
  return routing !== 'networks';
}

/** Networks that a cluster may have for itself, and that lead nowhere from elsewhere: those that IANA lists as not globally reachable, without those of one link. */
const privateNetworks = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  'fc00::/7',
].flatMap((text) => Cidr.parse(text) ?? []);

/** What is known of where addresses lead. */
export interface AddressPlaces {
  /** Settled at the start. */
  readonly networks: TunnelNetworks;
  /** Of this machine's interfaces, and of its VPNs. */
  readonly ownNetworks: readonly Cidr[];
}

/** Where an address that the cluster's DNS gave is reached from here. */
export type AddressPlace =
  /** By the tunnel. */
  | 'tunnel'
  /** From this machine, as the user asked, as it is public, or as it has a network for it. */
  | 'machine'
  /** From this machine, which has no way of its own there: probably nowhere. */
  | 'beside';

/** Whether the settled networks say where an address is reached from. */
export function isDecided(address: IpAddress, { cluster, laptop }: TunnelNetworks): boolean {
  return isIn([...cluster, ...laptop], address);
}

/** Public addresses are reached from everywhere; most are those of ordinary names of the internet, which the cluster's DNS only passes on. */
export function placeOf(address: IpAddress, { networks, ownNetworks }: AddressPlaces): AddressPlace {
  if (isIn(networks.laptop, address)) return 'machine';
  if (isIn(networks.cluster, address)) return 'tunnel';
  return isIn(privateNetworks, address) && !isIn(ownNetworks, address) ? 'beside' : 'machine';
}

function isIn(cidrs: readonly Cidr[], address: IpAddress): boolean {
  return cidrs.some((cidr) => cidr.contains(address));
}
