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
import { ProxyName } from '../../domain/routes/proxy-target.ts';
import { describeOverlaps, findOverlaps } from '../../domain/routes/route-overlap.ts';
import type { RoutePlan } from '../../domain/routes/route-plan.ts';
import type { MachineChanges } from '../../domain/session/machine-change.ts';
import { hostName, sessionAddresses } from '../../domain/session/session-addresses.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { NameAnswerer } from './name-answerer.ts';
import { NameTeller } from './name-teller.ts';
import { ProxiedNames } from './proxied-names.ts';
import { SessionNetwork } from './session-network.ts';
import { runStep, type Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';
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
    const addresses = { learned: new LearnedAddresses(), avoided: new LearnedAddresses(), signal: ending.signal };
    const { name, capabilities } = parts.tunnel;
    // Where networks are settled at the start, what names lead to must be known.
    if (capabilities.routing === 'networks') await followNames(opening, link, addresses);
    const options = {
      ...podView(link.podFacts),
      sessionId: plan.sessionId,
      outbound: sessionNetwork(opening, link, { routes, ...addresses }),
      networks: capabilities.routing === 'networks' ? await settledNetworks(opening, link, { routes: routes(), ...addresses }) : undefined,
      dns: plan.dns,
      pod: podServices(opening, link, agentHostKey),
      changes: machineChanges(opening),
      warn: (warning: TunnelWarning) => parts.events({ kind: 'warning', ...warning }),
      capture: parts.capture,
    };
    const lease = await parts.tunnel.open(options, inherited, signal);
    held.push('tunnel', async () => {
      ending.abort();
      await lease.close();
    });
    if (capabilities.routing === 'none') return [lease, `${name}; to the cluster: everything but localhost`] as const;
    void parts.cluster.watchRanges(ranges, (range) => grow(opening, known, range), ending.signal);
    await tellOverlaps(opening, routes());
    if (capabilities.routing === 'connections') await followNames(opening, link, addresses);
    return [lease, `${name}; to the cluster: ${(options.networks?.cluster ?? known.cover).map(String).join(', ')}`] as const;
  });
}

function machineChanges({ journal }: Opening): MachineChanges {
  return {
    intend: (change) => journal.append({ kind: 'machine-change-intended', change }),
    undone: (change) => journal.append({ kind: 'machine-change-undone', change }),
  };
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
    askOffice: (port, signal) => link.askOffice(port, signal),
    listen: (scope, port, accept) => link.listen(scope, port, accept),
  };
}

/** Addresses that names led to: those of the cluster, and those that are kept from it. */
interface NamedAddresses {
  readonly learned: LearnedAddresses;
  readonly avoided: LearnedAddresses;
  /** Ends with the tunnel. */
  readonly signal: AbortSignal;
}

function sessionNetwork(
  { parts, plan, traffic }: Opening,
  link: SustainedLink,
  { routes, learned, avoided, signal }: NamedAddresses & { readonly routes: () => RoutePlan },
): SessionNetwork {
  const { clock } = parts;
  const cluster = { query: link.queryDns.bind(link) };
  const names = new NameAnswerer({
    cluster,
    laptop: parts.laptopResolver,
    podSearch: parseResolvConf(link.podFacts.resolvConf).search,
    laptopNames: new Set(plan.neverProxy.filter((target) => target instanceof ProxyName).map(({ absolute }) => absolute)),
    learned,
    avoided,
    teller: new NameTeller(parts.events),
    clock,
    signal,
  });
  return new SessionNetwork({ link, host: parts.hostNetwork, names, learned, avoided, clock, traffic, routes });
}

async function followNames(
  { parts: { clock, events, laptopResolver }, plan }: Opening,
  link: SustainedLink,
  { learned, avoided, signal }: NamedAddresses,
): Promise<void> {
  const cluster = { query: link.queryDns.bind(link) };
  const podSearch = parseResolvConf(link.podFacts.resolvConf);
  const also = { flag: '--also-proxy', resolver: cluster, resolvConf: podSearch, learned } as const;
  const never = { flag: '--never-proxy', resolver: laptopResolver, resolvConf: { search: [], options: [] }, learned: avoided } as const;
  await Promise.all([
    new ProxiedNames({ ...also, clock, events, signal }).follow(plan.alsoProxy.filter((target) => target instanceof ProxyName)),
    new ProxiedNames({ ...never, clock, events, signal }).follow(plan.neverProxy.filter((target) => target instanceof ProxyName)),
  ]);
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

function grow({ parts }: Opening, known: GrowingRanges, { cidr, source }: ClusterRange): void {
  const found = Cidr.parse(cidr);
  if (!found || !known.add(found)) return;
  parts.events({ kind: 'range-found', cidr, source });
  const { name, capabilities } = parts.tunnel;
  if (capabilities.routing !== 'networks') return;
  const message = `${cidr} is the cluster's too (${source}), but ${name} takes networks at its start alone`;
  parts.events({ kind: 'warning', code: 'UNSUPPORTED', message, hint: 'start the command again to reach it, or use --backend tun' });
}

/** @returns what holds at each moment: the ranges grow */
function routePlans(plan: SessionPlan, known: GrowingRanges): () => RoutePlan {
  const hostAddress = sessionAddresses.host;
  const alsoProxy = plan.alsoProxy.filter((target) => target instanceof Cidr);
  const neverProxy = plan.neverProxy.filter((target) => target instanceof Cidr);
  return () => ({ hostAddress, neverProxy, alsoProxy, clusterRanges: known.cover });
}

async function tellOverlaps({ parts }: Opening, routes: RoutePlan): Promise<void> {
  const overlaps = findOverlaps(routes, await parts.hostNetwork.routes());
  if (overlaps.length > 0) parts.events({ kind: 'warning', code: 'ROUTES_OVERLAP', ...describeOverlaps(overlaps) });
}
