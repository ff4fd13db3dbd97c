import type { IpAddress } from '../netstack/address/ip-address.ts';
import { addressQuery } from './address-query.ts';
import { answeredAddresses } from './dns-message.ts';
import type { HostsFile } from './hosts-file.ts';
import { pointedName, pointerQuery } from './pointer-name.ts';
import { renamedQuery } from './renamed-query.ts';
import type { ResolvConf } from './resolv-conf.ts';
import { searchCandidates } from './search-candidates.ts';
import { isSettled, type SidedAnswer } from './sided-answer.ts';

/** What a lookup takes. */
export interface PodLookUp {
  /** The pod's, loopback addresses too. */
  readonly hosts: HostsFile;
  readonly conf: Pick<ResolvConf, 'search' | 'options'>;
  /** Asks the pod's resolvers; `nobody` where none answered. Never rejects */
  readonly ask: (query: Uint8Array) => Promise<SidedAnswer>;
  /** A message's id, 0 to 65535. */
  readonly nextId: () => number;
}

/** What was found; nothing by that name; or nobody could tell. */
export type LookUpOutcome<T> = { readonly found: T } | 'unknown' | 'failed';

/** One name of the search path. `silent`: nobody answered, so that the others needn't be asked. */
type CandidateOutcome = LookUpOutcome<IpAddress> | 'silent';

/**
 * The first address of a name, IPv4 before IPv6, as getaddrinfo(3) of a pod's C library finds it: of the hosts file, else of the first name of the search
 * path that has any; servers that are silent end the search, one that can't tell doesn't.
 */
export async function lookUpAddress(name: string, lookUp: PodLookUp): Promise<LookUpOutcome<IpAddress>> {
  const own = lookUp.hosts.get(name.toLowerCase());
  const first = own?.find(({ version }) => version === 4) ?? own?.[0];
  if (first) return { found: first };
  let outcome: 'unknown' | 'failed' = 'unknown';
  for (const candidate of searchCandidates(name, lookUp.conf)) {
    const found = await lookUpCandidate(candidate, lookUp);
    if (typeof found === 'object') return found;
    if (found === 'silent') return 'failed';
    if (found === 'failed') outcome = 'failed';
  }
  return outcome;
}

async function lookUpCandidate(candidate: string, { ask, nextId }: PodLookUp): Promise<CandidateOutcome> {
  const query = (version: 4 | 6): Uint8Array | undefined => renamedQuery(addressQuery('x', version, nextId()), candidate);
  const [four, six] = [query(4), query(6)];
  if (!four || !six) return 'unknown';
  const late = ask(six);
  // Who has an IPv4 address needn't wait for the other answer.
  const early = await ask(four);
  const found = firstAddress(early) ?? firstAddress(await late);
  if (found) return { found };
  const both = [early, await late];
  if (both.some(({ side }) => side === 'nobody')) return 'silent';
  return both.every(({ message }) => isSettled(message)) ? 'unknown' : 'failed';
}

function firstAddress({ message, side }: SidedAnswer): IpAddress | undefined {
  return side === 'nobody' ? undefined : answeredAddresses(message)[0]?.address;
}

/** The name of an address, as getnameinfo(3) of a pod's C library finds it: of the hosts file, else of the pod's resolvers. */
export async function lookUpPointer(address: IpAddress, { hosts, ask, nextId }: PodLookUp): Promise<LookUpOutcome<string>> {
  for (const [name, addresses] of hosts) if (addresses.some((one) => one.equals(address))) return { found: name };
  const { message, side } = await ask(pointerQuery(address, nextId()));
  if (side === 'nobody') return 'failed';
  const found = pointedName(message);
  if (found !== undefined) return { found };
  return isSettled(message) ? 'unknown' : 'failed';
}
