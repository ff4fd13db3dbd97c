import { later, type Instant } from '../netstack/instant.ts';

/** What was seen longer ago says nothing: a laptop changes its network. */
const bucketMs = 30_000;

/** The shortest time that a path took there and back in the last half minute to minute: what waits in queues makes others longer. */
export class RoundTripFloor {
  #until: Instant | undefined;
  #current = Infinity;
  #former = Infinity;

  /** @param ms - a time that no answer came earlier than */
  observe(ms: number, at: Instant): void {
    if (this.#until === undefined || at >= this.#until) {
      this.#former = this.#current;
      this.#current = Infinity;
      this.#until = later(at, bucketMs);
    }
    this.#current = Math.min(this.#current, ms);
  }

  /** In milliseconds; `undefined` before anything was seen. */
  get ms(): number | undefined {
    const least = Math.min(this.#current, this.#former);
    return least === Infinity ? undefined : least;
  }
}
