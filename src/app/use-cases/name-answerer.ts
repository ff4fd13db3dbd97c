import { AnswerCache } from '../../domain/dns/answer-cache.ts';
import { answeredAddresses, emptyAnswer, parseDnsQuestion, rcodes, responseCode } from '../../domain/dns/dns-message.ts';
import { laptopAnswerWins, laptopMayKnow, routeName, type NameRoute, type NameRouting } from '../../domain/dns/name-routing.ts';
import { answerTo, questionKey } from '../../domain/dns/question-key.ts';
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

/** One answer in wire form. */
interface Answered {
  readonly message: Uint8Array;
  readonly side: 'cluster' | 'laptop' | 'nobody';
  /** Whether it holds until its TTL: not where the side that comes first gave none. */
  readonly mayBeKept: boolean;
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
  readonly #cache = new AnswerCache(cacheBytes);
  readonly #onTheirWay = new Map<string, Promise<Answered>>();

  constructor(parts: NameAnswererParts) {
    this.#parts = parts;
  }

  /**
   * @param message - one query in wire form
   * @returns the answer in wire form; SERVFAIL where nobody answered. Never rejects
   */
  async answer(message: Uint8Array, transport: Transport): Promise<Uint8Array> {
    const key = questionKey(message, transport);
    if (key === undefined) return (await this.#answered(message, transport)).message;
    const kept = this.#cache.find(key, this.#parts.clock.now());
    if (kept) {
      this.#learn(kept.message, kept.side);
      return answerTo(message, kept.message);
    }
    return answerTo(message, (await this.#askedOnce(key, message, transport)).message);
  }

  #askedOnce(key: string, message: Uint8Array, transport: Transport): Promise<Answered> {
    const known = this.#onTheirWay.get(key);
    if (known) return known;
    const asked = this.#answered(message, transport).then((answered) => {
      this.#onTheirWay.delete(key);
      const { side, mayBeKept } = answered;
      if (mayBeKept && side !== 'nobody') this.#cache.keep(key, { message: answered.message, side }, this.#parts.clock.now());
      return answered;
    });
    this.#onTheirWay.set(key, asked);
    return asked;
  }

  async #answered(message: Uint8Array, transport: Transport): Promise<Answered> {
    const { clock, teller } = this.#parts;
    const startedAt = clock.now();
    const answered = await this.#askSides(message, transport);
    this.#learn(answered.message, answered.side);
    teller.answered(answered.message, answered.side, clock.now() - startedAt);
    return answered;
  }

  async #askSides(message: Uint8Array, transport: Transport): Promise<Answered> {
    const { cluster, laptop } = this.#parts;
    const route = this.#route(message);
    if (route === 'laptop') return this.#askLaptop(message, transport);
    const asked = this.#ask(cluster, message, transport);
    const early = route === 'cluster' ? undefined : await this.#laptopMeanwhile(asked, message, transport);
    if (early) return { message: early, side: 'laptop', mayBeKept: false };
    const fromCluster = await asked;
    const clusterRcode = fromCluster && responseCode(fromCluster);
    // What a side fails at it may know a moment later.
    let mayBeKept = isSettled(clusterRcode);
    if (laptopMayKnow(route, clusterRcode)) {
      const fromLaptop = await this.#ask(laptop, message, transport);
      if (fromLaptop && laptopAnswerWins(clusterRcode, responseCode(fromLaptop))) return { message: fromLaptop, side: 'laptop', mayBeKept };
      mayBeKept &&= fromLaptop !== undefined && isSettled(responseCode(fromLaptop));
    }
    if (fromCluster) return { message: fromCluster, side: 'cluster', mayBeKept };
    return { message: emptyAnswer(message, rcodes.serverFailure), side: 'nobody', mayBeKept: false };
  }

  #route(message: Uint8Array): NameRoute {
    const question = parseDnsQuestion(message);
    return question ? routeName(question, this.#parts) : 'cluster';
  }

  async #askLaptop(message: Uint8Array, transport: Transport): Promise<Answered> {
    const answer = await this.#ask(this.#parts.laptop, message, transport);
    if (!answer) return { message: emptyAnswer(message, rcodes.serverFailure), side: 'nobody', mayBeKept: false };
    return { message: answer, side: 'laptop', mayBeKept: responseCode(answer) === rcodes.noError };
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

  #learn(answer: Uint8Array, side: Answered['side']): void {
    const { learned, avoided, clock } = this.#parts;
    const name = parseDnsQuestion(answer)?.name;
    const known = side === 'cluster' ? learned : this.#route(answer) === 'laptop' ? avoided : undefined;
    if (!known) return;
    for (const { address, ttlSeconds } of answeredAddresses(answer)) known.learn(address, ttlSeconds, clock.now(), name);
  }
}

/** Whether the server knows: that the name is there, or that it isn't. */
function isSettled(rcode: number | undefined): boolean {
  return rcode === rcodes.noError || rcode === rcodes.nameError;
}
