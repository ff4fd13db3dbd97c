import type { IpAddress } from '../netstack/address/ip-address.ts';
import { later, type Instant } from '../netstack/instant.ts';

/** Programs keep addresses longer than their TTL (a JVM 30 s, many for ever); an address is remembered at least this long. */
const minimumMs = 600_000;
const capacity = 10_000;

/** The addresses that the cluster's DNS gave, each for its TTL and at least ten minutes; at most ten thousand, the oldest go first. */
export class LearnedAddresses {
  readonly #until = new Map<string, Instant>();

  learn(address: IpAddress, ttlSeconds: number, now: Instant): void {
    const key = address.toString();
    const until = later(now, Math.max(minimumMs, ttlSeconds * 1000));
    const before = this.#until.get(key) ?? until;
    this.#until.delete(key);
    this.#until.set(key, before > until ? before : until);
    if (this.#until.size <= capacity) return;
    const oldest = this.#until.keys().next();
    if (!oldest.done) this.#until.delete(oldest.value);
  }

  has(address: IpAddress, now: Instant): boolean {
    const until = this.#until.get(address.toString());
    return until !== undefined && until > now;
  }
}
