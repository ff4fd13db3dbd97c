import { answeredAddresses, parseDnsQuestion, rcodes, responseCode } from '../../domain/dns/dns-message.ts';
import { KeptAnswers } from '../../domain/dns/kept-answers.ts';
import { routeName, type NameRoute, type NameRouting } from '../../domain/dns/name-routing.ts';
import { isSettled, laptopAlone, weighSides, type SidedAnswer } from '../../domain/dns/sided-answer.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import type { NameTeller } from './name-teller.ts';

/** What answering needs. */
export interface NameAnswererParts extends NameRouting {
  /** The pod's resolver, through the link. */
  readonly cluster: ResolverPort;
  readonly laptop: ResolverPort;
  /** What the cluster gave, and what the laptop gave for names of `--never-proxy`. */
  readonly learned: LearnedAddresses;
  readonly avoided: LearnedAddresses;
  readonly teller: Pick<NameTeller, 'answered'>;
  readonly clock: ClockPort;
  /** Ends questions in flight with the session. */
  readonly signal: AbortSignal;
}

type Transport = 'udp' | 'tcp';

/** So long the cluster alone is asked. */
const patienceMs = 2500;

/** Some ten thousand answers of a usual size. */
const cacheBytes = 4 * 1024 * 1024;

/**
 * Answers the child's name questions as the pod's resolver would, and what the cluster doesn't know as the laptop's. Answers are kept for their TTL; a
 * question that is on its way already isn't asked a second time.
 */
export class NameAnswerer {
  readonly #parts: NameAnswererParts;
  readonly #kept: KeptAnswers;

  constructor(parts: NameAnswererParts) {
    this.#parts = parts;
    this.#kept = new KeptAnswers(cacheBytes, () => parts.clock.now());
  }

  /**
   * @param message - one query in wire form
   * @returns the answer in wire form; SERVFAIL where nobody answered. Never rejects
   */
  async answer(message: Uint8Array, transport: Transport): Promise<Uint8Array> {
    const answered = await this.#kept.answer(message, transport, () => this.#answered(message, transport));
    this.#learn(answered.message, answered.side);
    return answered.message;
  }

  async #answered(message: Uint8Array, transport: Transport): Promise<SidedAnswer> {
    const { clock, teller } = this.#parts;
    const startedAt = clock.now();
    const answered = await this.#askSides(message, transport);
    teller.answered(answered.message, answered.side, clock.now() - startedAt);
    return answered;
  }

  async #askSides(message: Uint8Array, transport: Transport): Promise<SidedAnswer> {
    const { cluster, laptop } = this.#parts;
    const route = this.#route(message);
    if (route === 'laptop') return laptopAlone(message, await this.#ask(laptop, message, transport));
    const asked = this.#ask(cluster, message, transport);
    const early = route === 'cluster' ? undefined : await this.#laptopMeanwhile(asked, message, transport);
    if (early) return { message: early, side: 'laptop', mayBeKept: false };
    const fromCluster = await asked;
    const said = { message: fromCluster, isSettled: isSettled(fromCluster) };
    return weighSides(message, route, said, () => this.#ask(laptop, message, transport));
  }

  #route(message: Uint8Array): NameRoute {
    const question = parseDnsQuestion(message);
    return question ? routeName(question, this.#parts) : 'cluster';
  }

  /** Programs give up after five seconds: where the cluster's servers are silent for half of it, what the laptop has is taken. @returns its records, if any */
  async #laptopMeanwhile(asked: Promise<unknown>, message: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    const { clock, laptop } = this.#parts;
    const answered = new AbortController();
    const isOver = asked.then(() => undefined);
    void isOver.then(() => answered.abort());
    const isSlow = await clock.sleep(patienceMs, answered.signal).then(
      () => true,
      () => false,
    );
    if (!isSlow) return undefined;
    const fromLaptop = await Promise.race([isOver, this.#ask(laptop, message, transport)]);
    return fromLaptop && responseCode(fromLaptop) === rcodes.noError ? fromLaptop : undefined;
  }

  /** No answer is an answer of its own here: the caller decides what it means. */
  async #ask(resolver: ResolverPort, message: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    try {
      return await resolver.query(message, transport, this.#parts.signal);
    } catch {
      return undefined;
    }
  }

  #learn(answer: Uint8Array, side: SidedAnswer['side']): void {
    const { learned, avoided, clock } = this.#parts;
    const name = parseDnsQuestion(answer)?.name;
    const known = side === 'cluster' ? learned : this.#route(answer) === 'laptop' ? avoided : undefined;
    if (!known) return;
    for (const { address, ttlSeconds } of answeredAddresses(answer)) known.learn(address, ttlSeconds, clock.now(), name);
  }
}
