import { answeredAddresses, emptyAnswer, parseDnsQuestion, rcodes, responseCode } from '../../domain/dns/dns-message.ts';
import { laptopAnswerWins, laptopMayKnow, routeName } from '../../domain/dns/name-routing.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';

/** What answering needs. */
export interface NameAnswererParts {
  /** The pod's resolver, through the link. */
  readonly cluster: ResolverPort;
  readonly laptop: ResolverPort;
  /** The pod's search path. */
  readonly podSearch: readonly string[];
  readonly learned: LearnedAddresses;
  readonly clock: ClockPort;
  /** Ends questions in flight with the session. */
  readonly signal: AbortSignal;
}

/** Answers the child's name questions as the pod's resolver would, and what the cluster doesn't know as the laptop's. */
export class NameAnswerer {
  readonly #parts: NameAnswererParts;

  constructor(parts: NameAnswererParts) {
    this.#parts = parts;
  }

  /**
   * @param message - one query in wire form
   * @returns the answer in wire form; SERVFAIL where nobody answered. Never rejects
   */
  async answer(message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> {
    const { cluster, laptop, podSearch } = this.#parts;
    const question = parseDnsQuestion(message);
    const route = question ? routeName(question, podSearch) : 'cluster';
    const fromCluster = await this.#ask(cluster, message, transport);
    const clusterRcode = fromCluster && responseCode(fromCluster);
    if (laptopMayKnow(route, clusterRcode)) {
      const fromLaptop = await this.#ask(laptop, message, transport);
      if (fromLaptop && laptopAnswerWins(clusterRcode, responseCode(fromLaptop))) return fromLaptop;
    }
    if (!fromCluster) return emptyAnswer(message, rcodes.serverFailure);
    this.#learn(fromCluster, question?.name);
    return fromCluster;
  }

  /** No answer is an answer of its own here: the caller decides what it means. */
  async #ask(resolver: ResolverPort, message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined> {
    try {
      return await resolver.query(message, transport, this.#parts.signal);
    } catch {
      return undefined;
    }
  }

  #learn(answer: Uint8Array, name: string | undefined): void {
    const { learned, clock } = this.#parts;
    for (const { address, ttlSeconds } of answeredAddresses(answer)) learned.learn(address, ttlSeconds, clock.now(), name);
  }
}
