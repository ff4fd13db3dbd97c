import { parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import { Cidr } from '../../domain/netstack/address/cidr.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { TunnelNetworks } from '../../domain/ports/tunnel-port.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import { ProxyName, type ProxyTarget } from '../../domain/routes/proxy-target.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { BesideWatch } from './beside-watch.ts';
import type { NameTeller } from './name-teller.ts';
import { ProxiedNames } from './proxied-names.ts';
import type { Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';
import { FollowedNames } from './told-names.ts';

/** Addresses that names led to: those of the cluster, and those that are kept from it. */
export interface NamedAddresses {
  readonly learned: LearnedAddresses;
  readonly avoided: LearnedAddresses;
  readonly teller: NameTeller;
  /** Told of each address of a name of `--also-proxy`, again and again. */
  readonly alsoProxied?: ((name: string, address: IpAddress) => void) | undefined;
  /** Ends with the tunnel. */
  readonly signal: AbortSignal;
}

/** Names of `--never-proxy`, as questions have them. */
export function laptopNames({ neverProxy }: SessionPlan): readonly string[] {
  return namesOf(neverProxy).map(({ absolute }) => absolute);
}

function namesOf(targets: readonly ProxyTarget[]): readonly ProxyName[] {
  return targets.filter((target) => target instanceof ProxyName);
}

/** Keeps the addresses of the names of both flags known. Resolves when each was looked up once, or the start should wait no longer. */
export async function followNames(
  { parts: { clock, events, laptopResolver }, plan }: Opening,
  link: SustainedLink,
  { learned, avoided, alsoProxied, signal }: NamedAddresses,
): Promise<void> {
  const cluster = { query: link.queryDns.bind(link) };
  const podSearch = parseResolvConf(link.podFacts.resolvConf);
  const told: Pick<LearnedAddresses, 'learn'> = {
    learn: (address, ttlSeconds, now, name) => {
      learned.learn(address, ttlSeconds, now, name);
      if (name !== undefined) alsoProxied?.(name, address);
    },
  };
  const also = { flag: '--also-proxy', resolver: cluster, resolvConf: podSearch, learned: told } as const;
  const never = { flag: '--never-proxy', resolver: laptopResolver, resolvConf: { search: [], options: [] }, learned: avoided } as const;
  await Promise.all([
    new ProxiedNames({ ...also, clock, events, signal }).follow(namesOf(plan.alsoProxy)),
    new ProxiedNames({ ...never, clock, events, signal }).follow(namesOf(plan.neverProxy)),
  ]);
}

/** Of a tunnel whose networks are settled. @param signal - ends with the tunnel */
export async function openBesideWatch(
  { parts: { tunnel, hostNetwork, laptopResolver, events }, plan }: Opening,
  networks: TunnelNetworks,
  signal: AbortSignal,
): Promise<BesideWatch> {
  const routes = (await hostNetwork.routes()).flatMap(({ cidr }) => Cidr.parse(cidr) ?? []);
  return new BesideWatch({
    backend: tunnel.name,
    // A VPN that takes everything has two halves of it.
    places: { networks, ownNetworks: routes.filter(({ prefixLength }) => prefixLength > 1) },
    decidedNames: new Set(
      [...plan.alsoProxy, ...plan.neverProxy].flatMap((target) => (target instanceof ProxyName ? target.absolute : [])),
    ),
    laptop: laptopResolver,
    events,
    signal,
  });
}

/** Of a tunnel whose names are answered in the pod: tells which, from now on. @returns tells the last ones, before the tunnel's end */
export function followTold(
  { parts: { clock, events } }: Opening,
  link: SustainedLink,
  { teller, signal }: NamedAddresses,
  watch: BesideWatch | undefined,
): () => Promise<void> {
  const told = new FollowedNames({
    link,
    told: async (name) => {
      teller.tell(name);
      await watch?.answered(name);
    },
    events,
    clock,
    signal,
  });
  void told.follow();
  return () => told.last();
}
