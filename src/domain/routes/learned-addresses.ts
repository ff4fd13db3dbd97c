import { IpAddress } from '../netstack/address/ip-address.ts';
import { later, type Instant } from '../netstack/instant.ts';

/** Programs keep addresses longer than their TTL (a JVM 30 s, many for ever); an address is remembered at least this long. */
const minimumMs = 600_000;
const capacity = 10_000;

/**
 * The addresses that the cluster's DNS gave, each for its TTL and at least ten minutes, and as long as flows use it and ten minutes more; at most ten
 * thousand besides those in use, the oldest go first.
 */
export class LearnedAddresses {
  /** Numbers of flows. */
  readonly #uses = new Map<string, number>();
  readonly #until = new Map<string, Instant>();
  readonly #names = new Map<string, string>();

  /** @param name - what was asked for */
  learn(address: IpAddress, ttlSeconds: number, now: Instant, name?: string): void {
    const key = address.toString();
    const until = later(now, Math.max(minimumMs, ttlSeconds * 1000));
    const before = this.#until.get(key) ?? until;
    this.#until.delete(key);
    this.#until.set(key, before > until ? before : until);
    if (name !== undefined) this.#names.set(key, name);
    if (this.#until.size <= capacity) return;
    const oldest = this.#until.keys().next();
    if (oldest.done) return;
    this.#until.delete(oldest.value);
    this.#names.delete(oldest.value);
  }

  /** The name that led to `address` last, for people. */
  nameOf(address: IpAddress): string | undefined {
    return this.#names.get(address.toString());
  }

  has(address: IpAddress, now: Instant): boolean {
    const key = address.toString();
    const until = this.#until.get(key);
    return this.#uses.has(key) || (until !== undefined && until > now);
  }

  /** All that are remembered. */
  known(now: Instant): readonly IpAddress[] {
    return [...this.#until.keys()].flatMap((key) => IpAddress.parse(key) ?? []).filter((address) => this.has(address, now));
  }

  /** A flow to the address begins; it is remembered until `endUse` was called as often. */
  beginUse(address: IpAddress): void {
    const key = address.toString();
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
  }

  endUse(address: IpAddress, now: Instant): void {
    const key = address.toString();
    const left = (this.#uses.get(key) ?? 0) - 1;
    if (left > 0) this.#uses.set(key, left);
    else this.#uses.delete(key);
    this.learn(address, 0, now, this.#names.get(key));
  }
}
