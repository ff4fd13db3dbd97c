import { childHosts, childResolvConf, parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import { Cidr } from '../../domain/netstack/address/cidr.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { InheritedDescriptors, PodServices, TunnelLease, TunnelOptions } from '../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { coverCidrs } from '../../domain/routes/cidr-cover.ts';
import { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import type { RoutePlan } from '../../domain/routes/route-plan.ts';
import { hostName, sessionAddresses } from '../../domain/session/session-addresses.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { NameAnswerer } from './name-answerer.ts';
import { SessionNetwork } from './session-network.ts';
import { runStep, type Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';

/** What a tunnel is opened over and with. */
export interface TunnelGround {
  readonly link: SustainedLink;
  readonly clusterRanges: readonly Cidr[];
  readonly inherited: InheritedDescriptors;
}

/** The child's environment with the pod's view. @throws what `TunnelPort.open` throws */
export async function openTunnel(opening: Opening, { link, clusterRanges, inherited }: TunnelGround): Promise<TunnelLease> {
  const { parts, plan, held, signal } = opening;
  return runStep(opening, 'tunnel', async () => {
    const ending = new AbortController();
    const routes = routePlan(plan, link.podFacts, clusterRanges);
    const outbound = sessionNetwork(opening, link, { routes, signal: ending.signal });
    const options = {
      ...podView(link.podFacts),
      sessionId: plan.sessionId,
      outbound,
      pod: podServices(opening, link),
      capture: parts.capture,
    };
    const lease = await parts.tunnel.open(options, inherited, signal);
    held.push('tunnel', async () => {
      ending.abort();
      await lease.close();
    });
    const carried = parts.tunnel.capabilities.routes ? routes.clusterRanges.map(String).join(', ') : 'everything but localhost';
    return [lease, `${parts.tunnel.name}; to the cluster: ${carried}`] as const;
  });
}

/** Counted as one destination: to whom each leads is said within. */
function podServices({ traffic }: Opening, link: SustainedLink): PodServices {
  return { openSocks: (signal) => traffic.dialled('by SOCKS', () => link.openSocks(signal)) };
}

function sessionNetwork(
  { parts, traffic }: Opening,
  link: SustainedLink,
  { routes, signal }: { routes: RoutePlan; signal: AbortSignal },
): SessionNetwork {
  const { clock } = parts;
  const learned = new LearnedAddresses();
  const cluster = { query: link.queryDns.bind(link) };
  const podSearch = parseResolvConf(link.podFacts.resolvConf).search;
  const names = new NameAnswerer({ cluster, laptop: parts.laptopResolver, podSearch, learned, clock, signal });
  return new SessionNetwork({ link, host: parts.hostNetwork, names, learned, clock, traffic, routes: () => routes });
}

function podView(facts: PodFacts): Pick<TunnelOptions, 'hostname' | 'addresses' | 'gateway' | 'files'> {
  const { gateway, host } = sessionAddresses;
  return {
    hostname: facts.hostname,
    addresses: facts.addresses.flatMap((text) => IpAddress.parse(text) ?? []),
    gateway,
    files: {
      resolvConf: childResolvConf(parseResolvConf(facts.resolvConf), gateway.toString()),
      hosts: childHosts(facts.hosts, { name: hostName, address: host.toString() }),
    },
  };
}

/** The pod's own routes are the cluster's too: they know the node's pod network where the user may not read nodes. */
function routePlan(plan: SessionPlan, facts: PodFacts, clusterRanges: readonly Cidr[]): RoutePlan {
  const podRoutes = facts.routes.flatMap((route) => Cidr.parse(route) ?? []).filter((route) => route.prefixLength > 0);
  return {
    hostAddress: sessionAddresses.host,
    neverProxy: plan.neverProxy,
    alsoProxy: plan.alsoProxy,
    clusterRanges: coverCidrs([...clusterRanges, ...podRoutes]),
  };
}
