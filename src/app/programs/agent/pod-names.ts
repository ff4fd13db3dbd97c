import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { parseOwnHosts, type HostsFile } from '../../../domain/dns/hosts-file.ts';
import { lookUpAddress, lookUpPointer, type LookUpOutcome, type PodLookUp } from '../../../domain/dns/look-up-in-pod.ts';
import { isSettled, weighSides, type SidedAnswer } from '../../../domain/dns/sided-answer.ts';
import { tellName } from '../../../domain/dns/told-name.ts';
import { ErrnoError } from '../../../domain/errno-error.ts';
import { IpAddress } from '../../../domain/netstack/address/ip-address.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, type ResolverPlan } from './dns-forwarder.ts';
import { countQuestion } from './garbage-limit.ts';
import { followResolver, noneKept, type PodResolver } from './pod-resolver.ts';
import { readAgain } from './read-again.ts';
import type { ToldQueue } from './told-queue.ts';

const truncated = 0x02;

/**
 * Names as the pod's own programs get them: hosts file, search path, the pod's resolvers. Each question has a socket of its own, where the C library would
 * take a thread of a few, so that servers that are silent hold up nobody else.
 */
export class PodNames {
  readonly #settings: Pick<AgentSettings, 'dnsPort'>;
  readonly #told: Pick<ToldQueue, 'tell'>;
  readonly #resolver: () => Promise<PodResolver>;
  readonly #hosts: () => Promise<HostsFile>;
  readonly #kept = noneKept();
  readonly #ended = new AbortController();

  constructor(settings: Pick<AgentSettings, 'resolvConfFile' | 'hostsFile' | 'dnsPort'>, told: Pick<ToldQueue, 'tell'>) {
    this.#settings = settings;
    this.#told = told;
    setMaxListeners(0, this.#ended.signal); // One for each question under way; Node would warn of a leak.
    this.#resolver = followResolver(settings.resolvConfFile);
    this.#hosts = readAgain(settings.hostsFile, parseOwnHosts);
  }

  /** The first address of a name, IPv4 before IPv6. @throws (rejects) ErrnoError `ENOTFOUND`, `EAGAIN`; the file system's where the pod's files can't be read */
  async resolve(name: string): Promise<IpAddress> {
    const itself = IpAddress.parse(name);
    return itself ?? found(name, await lookUpAddress(name, await this.#lookUp()));
  }

  /** The name that an address has. @throws (rejects) as `resolve` */
  async resolvePtr(text: string): Promise<string> {
    const address = IpAddress.parse(text);
    return found(text, address ? await lookUpPointer(address, await this.#lookUp()) : 'unknown');
  }

  /** Ends questions under way. */
  close(): void {
    this.#ended.abort();
  }

  async #lookUp(): Promise<PodLookUp> {
    const [{ conf, plan }, hosts] = await Promise.all([this.#resolver(), this.#hosts()]);
    const ask = (query: Uint8Array): Promise<SidedAnswer> => this.#kept.answer(query, 'udp', () => this.#ask(plan, query));
    return { hosts, conf, ask, nextId: () => randomInt(65_536) };
  }

  async #ask(plan: ResolverPlan, query: Uint8Array): Promise<SidedAnswer> {
    countQuestion();
    const startedAt = performance.now();
    const message = await this.#forwarded(plan, query).catch(() => undefined);
    const answered = await weighSides(query, 'cluster', { message, isSettled: isSettled(message) });
    this.#told.tell(tellName(answered.message, answered.side, performance.now() - startedAt));
    return answered;
  }

  /** By TCP what is too long for UDP (RFC 7766 §5). */
  async #forwarded(plan: ResolverPlan, message: Uint8Array): Promise<Uint8Array> {
    const query = { message, port: this.#settings.dnsPort, signal: this.#ended.signal };
    const answer = await forwardQuery(plan, { ...query, transport: 'udp' });
    const isCut = ((answer[2] ?? 0) & truncated) !== 0;
    return isCut ? forwardQuery(plan, { ...query, transport: 'tcp' }).catch(() => answer) : answer;
  }
}

function found<T>(what: string, outcome: LookUpOutcome<T>): T {
  if (outcome === 'unknown') throw new ErrnoError('ENOTFOUND', `${what} is not found: no such name`);
  if (outcome === 'failed') throw new ErrnoError('EAGAIN', `${what} is not found: the name servers don't answer, or can't tell`);
  return outcome.found;
}
