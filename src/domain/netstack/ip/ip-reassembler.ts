import { later, type Instant } from '../instant.ts';
import type { StackCounters } from '../stack-counters.ts';
import type { StackLimits } from '../stack-limits.ts';
import type { IpPacket, ParseFailure } from '../wire/ip-packet.ts';
import { ipv4HeaderBytes } from '../wire/ipv4-header.ts';
import { PartialDatagram } from './partial-datagram.ts';

/**
 * Puts datagrams together from their fragments, of both versions. Bounded in datagrams, bytes and time; the oldest goes first.
 * Datagrams are few and fragments of one follow each other, so they are looked for one by one.
 * Deviation: no ICMP "time exceeded" tells of a datagram that was given up; it would go to a program on this machine that has lost nothing.
 */
export class IpReassembler {
  readonly #limits: StackLimits;
  readonly #counters: StackCounters;
  /** Oldest first, which is also by deadline. */
  readonly #partials: PartialDatagram[] = [];
  #heldBytes = 0;

  constructor(limits: StackLimits, counters: StackCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** What is held of datagrams that aren't whole. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** When `expire` has something to do, or `Infinity`. */
  nextAt(): number {
    return this.#partials[0]?.deadline ?? Infinity;
  }

  /** Takes the fragment in `packet`. @returns whether its datagram is whole now: `packet` is that then, until the next fragment */
  takes(packet: IpPacket, now: Instant): boolean {
    this.#counters.fragmentsIn++;
    const failure = checkFragment(packet);
    if (failure) {
      this.#counters.countDropped(failure);
      return false;
    }
    const partial = this.#partials.findLast((each) => each.matches(packet)) ?? this.#begin(packet, now);
    if (partial.isVoid) return false;
    const before = partial.heldBytes;
    partial.add(packet);
    this.#heldBytes += partial.heldBytes - before;
    if (partial.isVoid) this.#counters.reassemblyConflicts++;
    if (partial.isWhole) return this.#finish(partial, packet);
    while (this.#heldBytes > this.#limits.maxReassemblyBytes && this.#partials.length > 0) this.#evict();
    return false;
  }

  /** Forgets datagrams whose time is over. */
  expire(now: Instant): void {
    for (let oldest = this.#partials[0]; oldest && oldest.deadline <= now; oldest = this.#partials[0]) {
      if (!oldest.isVoid) this.#counters.reassemblyTimeouts++;
      this.#forget(oldest);
    }
  }

  #begin(packet: IpPacket, now: Instant): PartialDatagram {
    if (this.#partials.length >= this.#limits.maxReassemblies) this.#evict();
    const partial = new PartialDatagram(packet, later(now, this.#limits.reassemblyTimeoutMs));
    this.#partials.push(partial);
    this.#heldBytes += partial.heldBytes;
    return partial;
  }

  #finish(partial: PartialDatagram, packet: IpPacket): boolean {
    this.#forget(partial);
    const failure = partial.finish(packet);
    if (failure) this.#counters.countDropped(failure);
    else this.#counters.datagramsReassembled++;
    return failure === undefined;
  }

  #evict(): void {
    const [oldest] = this.#partials;
    if (!oldest) return;
    if (!oldest.isVoid) this.#counters.reassemblyEvicted++;
    this.#forget(oldest);
  }

  #forget(partial: PartialDatagram): void {
    this.#partials.splice(this.#partials.indexOf(partial), 1);
    this.#heldBytes -= partial.heldBytes;
  }
}

/** A part isn't empty, all but the last are multiples of 8 bytes, and the whole fits the length field of its header. @see RFC 8200 §4.5 */
function checkFragment(packet: IpPacket): ParseFailure | undefined {
  const { payloadBytes, fragment, version } = packet;
  const most = 0xffff - (version === 4 ? ipv4HeaderBytes : 0);
  const isPlausible = payloadBytes > 0 && (!fragment.more || payloadBytes % 8 === 0) && fragment.offsetBytes + payloadBytes <= most;
  return isPlausible ? undefined : 'bad-length';
}
