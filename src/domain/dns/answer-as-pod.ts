import { concatBytes } from '../bytes.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';
import { clusterDomainOf, isOfCluster } from './cluster-names.ts';
import { aliasedAnswer } from './aliased-answer.ts';
import { emptyAnswer, parseDnsQuestion, rcodes, responseCode, type DnsQuestion } from './dns-message.ts';
import { u16 } from './dns-message-walk.ts';
import type { HostsFile } from './hosts-file.ts';
import { routeName, type NameRoute } from './name-routing.ts';
import { renamedQuery } from './renamed-query.ts';
import type { ResolvConf } from './resolv-conf.ts';
import { searchCandidates } from './search-candidates.ts';
import { isSettled, laptopAlone, weighSides, type AskLaptop, type ClusterSaid, type SidedAnswer } from './sided-answer.ts';
import type { SuffixLearner } from './suffix-learner.ts';
import { udpRoom } from './udp-room.ts';

/** What answering in the pod's stead takes. */
export interface PodView {
  readonly learner: SuffixLearner;
  /** What is answered to who greets, so that it knows whose answer it has; IPv4. */
  readonly proof: IpAddress;
  /** The pod's own names: hostAliases among them. */
  readonly hosts: HostsFile;
  /** The pod's search path. */
  readonly conf: Pick<ResolvConf, 'search' | 'options'>;
  /** Asks the pod's resolvers. @throws where none answered */
  readonly ask: (query: Uint8Array) => Promise<Uint8Array>;
  /** Asks somebody else, for names that the cluster's DNS would ask of this very machine; where it does. @throws as `ask` */
  readonly askElsewhere?: ((query: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Asks the other machine's own servers, for what the cluster doesn't know. @throws as `ask` */
  readonly askOffice?: ((query: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Names that those alone are asked for: lower case, without a last dot. */
  readonly laptopNames: ReadonlySet<string>;
}

const types = { A: 1, AAAA: 28 } as const;
const headerBytes = 12;
const truncated = 0x02;

/** As long as resolvers may keep what the pod's hosts file says. */
const hostsTtlSeconds = 5;

/** What every resolver of today takes by UDP (RFC 9715 §3.1): the one that asks has nobody to ask by TCP. */
const leastRoom = 1232;

/**
 * Answers what is looked up only to see whose answer comes back.
 * @returns `undefined` where `query` is no greeting; else also whether a suffix was learnt from it, so that what was said before may not hold any more
 */
export function answerGreeting(
  query: Uint8Array,
  { learner, proof }: Pick<PodView, 'learner' | 'proof'>,
): { readonly message: Uint8Array; readonly isNew: boolean } | undefined {
  const question = parseDnsQuestion(query);
  const greeting = question && u16(query, 4) === 1 ? learner.greet(question.name) : 'none';
  if (greeting === 'none') return undefined;
  const isNew = greeting === 'new';
  // Resolvers go on to their next suffix, which is to be learnt too.
  return { message: isNew ? emptyAnswer(query, rcodes.nameError) : addressAnswer(query, [proof], 0), isNew };
}

/**
 * Answers what another machine's resolver asks, as the pod's C library would find it: that resolver's own suffixes are taken off, the pod's are tried. What
 * is found under a longer name is an alias of it. The name as it came is tried last, then with the other machine's own servers.
 * @returns an answer no longer than `query` allows by UDP; SERVFAIL where nobody answered. Never rejects
 */
export async function answerAsPod(query: Uint8Array, view: PodView): Promise<SidedAnswer> {
  const question = parseDnsQuestion(query);
  if (!question || u16(query, 4) !== 1) return { message: emptyAnswer(query, 1), side: 'nobody', mayBeKept: false };
  const { askOffice } = view;
  const askLaptop: AskLaptop | undefined = askOffice && (() => askOffice(query).catch(() => undefined));
  const route = routeOf(question, view);
  if (route === 'laptop') return asWhole(laptopAlone(query, await askLaptop?.()));
  const own = ownAddresses(question, view);
  if (own) return { message: addressAnswer(query, own, hostsTtlSeconds), side: 'cluster', mayBeKept: true };
  return asWhole(await weighSides(query, route, await answerOfCluster(question, query, view), askLaptop));
}

/** A name of the other machine's is that too with what its resolver appended. */
function routeOf(question: DnsQuestion, { conf, laptopNames, learner }: PodView): NameRoute {
  const routing = { podSearch: conf.search, laptopNames };
  const stem = learner.stemOf(question.name);
  const isLaptops = stem !== undefined && routeName({ ...question, name: stem }, routing) === 'laptop';
  return isLaptops ? 'laptop' : routeName(question, routing);
}

/** @returns the first with records, else the one that says most */
async function answerOfCluster({ name }: DnsQuestion, query: Uint8Array, view: PodView): Promise<ClusterSaid> {
  let best: Uint8Array | undefined;
  let areSettled = true;
  for (const candidate of candidatesFor(name, view)) {
    const answer = await answerAbout(candidate, query, view);
    if (answer !== 'no-name') areSettled &&= isSettled(answer);
    const message = answer === 'no-name' ? undefined : answer;
    if (message && hasRecords(message)) return { message, isSettled: areSettled };
    best = better(best, message, candidate === name);
  }
  return { message: best, isSettled: areSettled };
}

/** In the order to try, each once. */
export function candidatesFor(name: string, { learner, conf }: Pick<PodView, 'learner' | 'conf'>): readonly string[] {
  const stem = learner.stemOf(name);
  return [...new Set(stem === undefined ? searchCandidates(name, conf) : [...searchCandidates(stem, conf), name])];
}

/** @returns `undefined` where nobody answered; `no-name` where such a name can't be */
async function answerAbout(
  candidate: string,
  query: Uint8Array,
  { ask, askElsewhere, conf }: PodView,
): Promise<Uint8Array | 'no-name' | undefined> {
  const isSame = candidate === parseDnsQuestion(query)?.name;
  const asked = isSame ? query : renamedQuery(query, candidate);
  if (!asked) return 'no-name';
  const isClusters = !askElsewhere || isOfCluster(candidate, clusterDomainOf(conf.search));
  const answer = await (isClusters ? ask : askElsewhere)(asked).catch(() => undefined);
  if (!answer || isSame) return answer;
  if (!hasRecords(answer)) return emptyAnswer(query, responseCode(answer) ?? rcodes.serverFailure);
  return aliasedAnswer(query, answer, Math.max(udpRoom(query), leastRoom));
}

function hasRecords(answer: Uint8Array): boolean {
  return responseCode(answer) === rcodes.noError && u16(answer, 6) > 0;
}

/**
 * That a name is there without such records says more than that a server failed, and that more than that one of the names is unknown.
 * @param isAsked - `next` is about the name as it came: its authority and flags are those that are looked for
 */
function better(known: Uint8Array | undefined, next: Uint8Array | undefined, isAsked: boolean): Uint8Array | undefined {
  const worth = (answer: Uint8Array | undefined): number => {
    const rcode = answer && responseCode(answer);
    return rcode === rcodes.noError ? 3 : rcode === rcodes.nameError ? 1 : answer ? 2 : 0;
  };
  const gain = worth(next) - worth(known);
  return gain > 0 || (gain === 0 && isAsked) ? next : known;
}

/** As the C library does: of a name that the hosts file has, the name servers aren't asked. @returns `undefined` where it hasn't, or more than addresses is asked for */
function ownAddresses({ name, type }: DnsQuestion, { hosts, learner }: PodView): readonly IpAddress[] | undefined {
  if (type !== types.A && type !== types.AAAA) return undefined;
  return hosts.get(learner.stemOf(name) ?? name) ?? hosts.get(name);
}

/** All of `addresses` that are of the type that is asked for. */
function addressAnswer(query: Uint8Array, addresses: readonly IpAddress[], ttlSeconds: number): Uint8Array {
  const type = parseDnsQuestion(query)?.type ?? 0;
  const fitting = addresses.filter(({ version }) => types[version === 4 ? 'A' : 'AAAA'] === type);
  // The owner is the question's name, at 12; class IN.
  const records = fitting.map(({ bytes }) => [
    Uint8Array.of(0xc0, headerBytes, 0, type, 0, 1, 0, 0, 0, ttlSeconds, 0, bytes.length),
    bytes,
  ]);
  const answer = concatBytes([emptyAnswer(query, rcodes.noError), ...records.flat()]);
  answer[7] = fitting.length;
  return answer;
}

/** A part of the records is better than a question by TCP, which nobody would carry to the pod. */
function asWhole(answered: SidedAnswer): SidedAnswer {
  const whole = Uint8Array.from(answered.message);
  whole[2] = (whole[2] ?? 0) & ~truncated;
  return { ...answered, message: whole };
}
