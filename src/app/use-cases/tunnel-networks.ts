import { addressQuery } from '../../domain/dns/address-query.ts';
import { answeredAddresses } from '../../domain/dns/dns-message.ts';
import { Cidr } from '../../domain/netstack/address/cidr.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { TunnelNetworks } from '../../domain/ports/tunnel-port.ts';
import { coverCidrs } from '../../domain/routes/cidr-cover.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import type { RoutePlan } from '../../domain/routes/route-plan.ts';

/** What is known of where things are when a tunnel is opened. */
export interface KnownPlaces {
  readonly routes: Pick<RoutePlan, 'neverProxy' | 'alsoProxy' | 'clusterRanges'>;
  readonly podAddresses: readonly IpAddress[];
  /** Of names of `--also-proxy` and `--never-proxy`. */
  readonly learned: Pick<LearnedAddresses, 'known'>;
  readonly avoided: Pick<LearnedAddresses, 'known'>;
  readonly apiServer: readonly IpAddress[];
}

/** The networks of a tunnel that takes no single connections; the way to the API server stays with this machine, since the tunnel itself takes it. */
export function tunnelNetworks({ routes, podAddresses, learned, avoided, apiServer }: KnownPlaces, now: Instant): TunnelNetworks {
  return {
    cluster: coverCidrs([...routes.clusterRanges, ...routes.alsoProxy, ...hosts([...podAddresses, ...learned.known(now)])]),
    laptop: coverCidrs([...routes.neverProxy, ...hosts([...avoided.known(now), ...apiServer])]),
  };
}

function hosts(addresses: readonly IpAddress[]): readonly Cidr[] {
  return addresses.flatMap((address) => Cidr.of(address, address.bytes.length * 8) ?? []);
}

/** @param server - URL of the API server @returns its addresses as this machine finds them; none where it doesn't. Rejects only with the signal's reason */
export async function apiServerAddresses(server: string, laptop: ResolverPort, signal: AbortSignal): Promise<readonly IpAddress[]> {
  const host = new URL(server).hostname.replaceAll(/[[\]]/g, '');
  const address = IpAddress.parse(host);
  if (address) return [address];
  const answers = await Promise.all(
    ([4, 6] as const).map((version) => laptop.query(addressQuery(host, version, version), 'tcp', signal).catch(() => undefined)),
  );
  signal.throwIfAborted();
  return answers.flatMap((answer) => (answer ? answeredAddresses(answer) : [])).map((one) => one.address);
}
