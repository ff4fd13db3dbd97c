import type { Instant } from '../netstack/instant.ts';
import { AnswerCache } from './answer-cache.ts';
import { answerTo, questionKey } from './question-key.ts';
import type { SidedAnswer } from './sided-answer.ts';

/** Finds an answer. Rejections reach all who wait for it. @param release - to be called where an equal question may come of this one: it isn't merged with it */
export type FindAnswer = (release: () => void) => Promise<SidedAnswer>;

/** A question that waits for its answer. */
interface OnItsWay {
  asked?: Promise<SidedAnswer>;
}

/** Answers are kept for their TTL, and a question that is on its way already isn't asked a second time. */
export class KeptAnswers {
  readonly #cache: AnswerCache;
  readonly #now: () => Instant;
  readonly #onTheirWay = new Map<string, OnItsWay>();

  /** @param capacityBytes - of what is kept; the oldest go first */
  constructor(capacityBytes: number, now: () => Instant) {
    this.#cache = new AnswerCache(capacityBytes);
    this.#now = now;
  }

  /**
   * @param query - in wire form
   * @param find - called where the answer is neither kept nor on its way
   * @returns the answer, with the query's id. Rejects as `find` does
   */
  async answer(query: Uint8Array, transport: 'udp' | 'tcp', find: FindAnswer): Promise<SidedAnswer> {
    const key = questionKey(query, transport);
    if (key === undefined) return find(() => undefined);
    const kept = this.#cache.find(key, this.#now());
    const answered = kept ? { ...kept, mayBeKept: true } : await this.#askedOnce(key, find);
    return { ...answered, message: answerTo(query, answered.message) };
  }

  #askedOnce(key: string, find: FindAnswer): Promise<SidedAnswer> {
    const known = this.#onTheirWay.get(key)?.asked;
    if (known) return known;
    const way: OnItsWay = {};
    const release = (): void => {
      if (this.#onTheirWay.get(key) === way) this.#onTheirWay.delete(key);
    };
    this.#onTheirWay.set(key, way);
    way.asked = find(release)
      .then((answered) => {
        const { message, side, mayBeKept } = answered;
        if (mayBeKept && side !== 'nobody') this.#cache.keep(key, { message, side }, this.#now());
        return answered;
      })
      .finally(release);
    return way.asked;
  }
}
