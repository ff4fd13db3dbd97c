import { addressQuery } from '../../domain/dns/address-query.ts';
import { answeredAddresses, type AnsweredAddress } from '../../domain/dns/dns-message.ts';
import type { ResolvConf } from '../../domain/dns/resolv-conf.ts';
import { searchCandidates } from '../../domain/dns/search-candidates.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import type { ProxyName } from '../../domain/routes/proxy-target.ts';
import type { EventSink } from '../../domain/session/session-event.ts';

/** What following names needs. */
export interface ProxiedNamesParts {
  readonly flag: '--also-proxy' | '--never-proxy';
  /** The pod's, through the link, or the laptop's; the search path is of the same side. */
  readonly resolver: ResolverPort;
  readonly resolvConf: Pick<ResolvConf, 'search' | 'options'>;
  readonly learned: Pick<LearnedAddresses, 'learn'>;
  readonly clock: ClockPort;
  readonly events: EventSink;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A name is asked for again when its TTL is over, within these bounds; one that isn't found, after the shorter one. */
const againAfterMs = { least: 5000, most: 60_000 } as const;

/** The start waits so long for the first answers; the child may start without. */
const firstLimitMs = 3000;

/** Keeps the addresses of a flag's names learnt, as its side finds them, also when they change. */
export class ProxiedNames {
  readonly #parts: ProxiedNamesParts;
  readonly #missing = new Set<string>();

  constructor(parts: ProxiedNamesParts) {
    this.#parts = parts;
  }

  /** Resolves when each name was looked up once, or the start should wait no longer; looking up goes on until the signal aborts. Never rejects. */
  async follow(names: readonly ProxyName[]): Promise<void> {
    if (names.length === 0) return;
    const { clock, signal } = this.#parts;
    const isKnown = new AbortController();
    const first = Promise.all(
      names.map(async ({ name }) => {
        const againMs = await this.#lookUp(name);
        void this.#keepLookingUp(name, againMs);
      }),
    ).then(() => isKnown.abort());
    await Promise.race([first, clock.sleep(firstLimitMs, AbortSignal.any([signal, isKnown.signal])).catch(() => undefined)]);
  }

  async #keepLookingUp(name: string, firstPauseMs: number): Promise<void> {
    const { clock, signal } = this.#parts;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = await this.#lookUp(name))
      await clock.sleep(pauseMs, signal).catch(() => undefined);
  }

  /** @returns when to ask again */
  async #lookUp(name: string): Promise<number> {
    const { learned, clock, signal } = this.#parts;
    const found = await this.#addressesOf(name);
    if (signal.aborted) return 0;
    this.#tell(name, found.length > 0);
    for (const { address, ttlSeconds } of found) learned.learn(address, ttlSeconds, clock.now(), name);
    const ttlMs = Math.min(...found.map(({ ttlSeconds }) => ttlSeconds * 1000));
    return found.length === 0 ? againAfterMs.least : Math.min(Math.max(ttlMs, againAfterMs.least), againAfterMs.most);
  }

  /** Of the first name of the search path that has any. */
  async #addressesOf(name: string): Promise<readonly AnsweredAddress[]> {
    for (const candidate of searchCandidates(name, this.#parts.resolvConf)) {
      const found = await Promise.all(([4, 6] as const).map((version) => this.#ask(candidate, version)));
      if (found.flat().length > 0) return found.flat();
    }
    return [];
  }

  /** By TCP, where no answer is cut. No answer is none: the name is asked for again. */
  async #ask(name: string, version: 4 | 6): Promise<readonly AnsweredAddress[]> {
    const { resolver, signal } = this.#parts;
    try {
      return answeredAddresses(await resolver.query(addressQuery(name, version, version), 'tcp', signal));
    } catch {
      return [];
    }
  }

  /** Once, until it is found and missing again. */
  #tell(name: string, isFound: boolean): void {
    if (isFound) this.#missing.delete(name);
    if (isFound || this.#missing.has(name)) return;
    this.#missing.add(name);
    const { flag, events } = this.#parts;
    const whose = flag === '--also-proxy' ? "the cluster's" : "this machine's";
    const hint = flag === '--also-proxy' ? 'names of other namespaces need them (db.shop), others are whole' : 'the name must be whole';
    events({
      kind: 'warning',
      code: 'DNS_FAILED',
      message: `${flag} ${name}: ${whose} resolver gives no address for it; it is asked again`,
      hint: `${hint} (db.cloud.example); or give the IP or CIDR`,
    });
  }
}
