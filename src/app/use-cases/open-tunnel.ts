import { childHosts, childResolvConf, parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import { Cidr } from '../../domain/netstack/address/cidr.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type {
  InheritedDescriptors,
  PodServices,
  TunnelLease,
  TunnelNetworks,
  TunnelOptions,
  TunnelWarning,
} from '../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { GrowingRanges } from '../../domain/routes/growing-ranges.ts';
import { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import type { RoutePlan } from '../../domain/routes/route-plan.ts';
import { hostName, sessionAddresses } from '../../domain/session/session-addresses.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import type { BesideWatch } from './beside-watch.ts';
import { NameAnswerer } from './name-answerer.ts';
import { NameTeller } from './name-teller.ts';
import { OverlapTeller } from './overlap-teller.ts';
import { SessionNetwork } from './session-network.ts';
import { runStep, type Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';
import { followNames, followTold, laptopNames, openBesideWatch, type NamedAddresses } from './tunnel-names.ts';
import { apiServerAddresses, tunnelNetworks } from './tunnel-networks.ts';

/** What a tunnel is opened over and with. */
export interface TunnelGround {
  readonly link: SustainedLink;
  /** What the agent proves itself with. */
  readonly agentHostKey: string;
  /** As they are known at the start. */
  readonly ranges: readonly ClusterRange[];
  readonly inherited: InheritedDescriptors;
}

/** The child's environment with the pod's view. @throws what `TunnelPort.open` throws */
export async function openTunnel(opening: Opening, { link, agentHostKey, ranges, inherited }: TunnelGround): Promise<TunnelLease> {
  const { parts, plan, held, signal } = opening;
  return runStep(opening, 'tunnel', async () => {
    const ending = new AbortController();
    const known = clusterRanges(link.podFacts, ranges);
    const routes = routePlans(plan, known);
    const { name, capabilities } = parts.tunnel;
    let watch: BesideWatch | undefined;
    const addresses: NamedAddresses = {
      learned: new LearnedAddresses(),
      avoided: new LearnedAddresses(),
      teller: new NameTeller(parts.events),
      alsoProxied: (proxied, address) => watch?.alsoProxied(proxied, address),
      signal: ending.signal,
    };
    const overlaps = new OverlapTeller(parts, routes);
    // Before it opens, since an overlap may be why it doesn't.
    if (capabilities.routing !== 'none') await overlaps.tell();
    // Where networks are settled at the start, what names lead to must be known.
    if (capabilities.routing === 'networks') await followNames(opening, link, addresses);
    const networks =
      capabilities.routing === 'networks' ? await settledNetworks(opening, link, { routes: routes(), ...addresses }) : undefined;
    if (networks) watch = await openBesideWatch(opening, networks, ending.signal);
    const options = {
      ...podView(link.podFacts),
      sessionId: plan.sessionId,
      outbound: sessionNetwork(opening, link, { routes, ...addresses }),
      networks,
      dns: plan.dns,
      pod: podServices(opening, link, agentHostKey),
      warn: (warning: TunnelWarning) => parts.events({ kind: 'warning', ...warning }),
      capture: parts.capture,
    };
    const lease = await parts.tunnel.open(options, inherited, signal);
    const tellLast = capabilities.routing === 'connections' ? undefined : followTold(opening, link, addresses, watch);
    held.push('tunnel', async () => {
      await tellLast?.();
      ending.abort();
      await lease.close();
    });
    if (capabilities.routing === 'none') return [lease, `${name}; to the cluster: everything but localhost`] as const;
    const grown = (range: ClusterRange): void => void (grow(opening, known, range) && overlaps.tell());
    void parts.cluster.watchRanges(ranges, grown, ending.signal);
    if (capabilities.routing === 'connections') await followNames(opening, link, addresses);
    return [lease, `${name}; to the cluster: ${(networks?.cluster ?? known.cover).map(String).join(', ')}`] as const;
  });
}

async function settledNetworks(
  { parts: { cluster, laptopResolver, clock }, signal }: Opening,
  { podFacts }: SustainedLink,
  { routes, learned, avoided }: NamedAddresses & { readonly routes: RoutePlan },
): Promise<TunnelNetworks> {
  const podAddresses = podFacts.addresses.flatMap((text) => IpAddress.parse(text) ?? []);
  const apiServer = await apiServerAddresses(cluster.identity.server, laptopResolver, signal);
  return tunnelNetworks({ routes, podAddresses, learned, avoided, apiServer }, clock.now());
}

/** Counted as one destination: to whom each leads is said within. */
function podServices({ parts, plan, traffic }: Opening, link: SustainedLink, agentHostKey: string): PodServices {
  const carrier = parts.cluster.carrierTo(plan.podName);
  return {
    openSocks: (signal) => traffic.dialled('by SOCKS', () => link.openSocks(signal)),
    openAgent: (signal) => traffic.dialled('by ssh', () => carrier.dial(signal)),
    agentHostKey,
    allowExec: (publicKey, signal) => link.allowExec(publicKey, signal),
    breakDnsLoop: (external, isAssumed, signal) => link.breakDnsLoop(external, isAssumed, signal),
    openNameServer: (signal) => link.openNameServer(signal),
    askOffice: (port, signal) => link.askOffice(port, laptopNames(plan), signal),
    listen: (scope, port, accept) => link.listen(scope, port, accept),
  };
}

function sessionNetwork(
  { parts, plan, traffic }: Opening,
  link: SustainedLink,
  { routes, learned, avoided, teller, signal }: NamedAddresses & { readonly routes: () => RoutePlan },
): SessionNetwork {
  const { clock } = parts;
  const cluster = { query: link.queryDns.bind(link) };
  const names = new NameAnswerer({
    cluster,
    laptop: parts.laptopResolver,
    podSearch: parseResolvConf(link.podFacts.resolvConf).search,
    laptopNames: new Set(laptopNames(plan)),
    learned,
    avoided,
    teller,
    clock,
    signal,
  });
  return new SessionNetwork({ link, host: parts.hostNetwork, names, learned, avoided, clock, traffic, routes });
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
function clusterRanges(facts: PodFacts, ranges: readonly ClusterRange[]): GrowingRanges {
  const podRoutes = facts.routes.flatMap((route) => Cidr.parse(route) ?? []).filter((route) => route.prefixLength > 0);
  return new GrowingRanges([...ranges.flatMap(({ cidr }) => Cidr.parse(cidr) ?? []), ...podRoutes]);
}

/** @returns whether more leaves to the cluster now */
function grow({ parts }: Opening, known: GrowingRanges, { cidr, source }: ClusterRange): boolean {
  const found = Cidr.parse(cidr);
  if (!found || !known.add(found)) return false;
  parts.events({ kind: 'range-found', cidr, source });
  const { name, capabilities } = parts.tunnel;
  if (capabilities.routing !== 'networks') return true;
  const message = `${cidr} is the cluster's too (${source}), but ${name} takes networks at its start alone`;
  parts.events({ kind: 'warning', code: 'UNSUPPORTED', message, hint: 'start the command again to reach it, or use --backend tun' });
  return false;
}

/** @returns what holds at each moment: the ranges grow */
function routePlans(plan: SessionPlan, known: GrowingRanges): () => RoutePlan {
  const hostAddress = sessionAddresses.host;
  const alsoProxy = plan.alsoProxy.filter((target) => target instanceof Cidr);
  const neverProxy = plan.neverProxy.filter((target) => target instanceof Cidr);
  return () => ({ hostAddress, neverProxy, alsoProxy, clusterRanges: known.cover });
}
