import type { Instant } from '../netstack/instant.ts';
import { RoundTripFloor } from './round-trip-floor.ts';

/** The parts of an ssh2 1.17 Channel that its windows are kept with. */
export interface WindowedChannel {
  /** Bytes that the far side may still send; ssh2 counts it down. */
  readonly incoming: { window: number };
  readonly outgoing: { readonly id: number; readonly state: string; window: number };
  readonly _client: { readonly _protocol: { channelWindowAdjust(recipient: number, byteCount: number): void } };
}

/** What either side uses of the 2 MiB that ssh2 opens every channel with: two hundred that stall would hold 400 MB. */
const initialBytes = 131_072;

/** The most that a channel whose reader keeps up may have under way. */
const mostBytes = 8_388_608;

/** A window half of which takes the path longer than so many round trips keeps it busy: a larger one would only wait in queues, and others behind it. */
const roundTripsPerHalf = 2;

/** What the windows of all channels of a link may be together, beyond the first of each: its reader's memory, should all of them stall. And what they know of its path. */
export class WindowBudget {
  /** From telling the far side of room to the first byte that it used of it. */
  readonly roundTrip = new RoundTripFloor();
  readonly now: () => Instant;
  #freeBytes: number;

  constructor(limitBytes: number, now: () => Instant) {
    this.#freeBytes = limitBytes;
    this.now = now;
  }

  /** @returns how much of `byteCount` there is */
  take(byteCount: number): number {
    const taken = Math.min(byteCount, this.#freeBytes);
    this.#freeBytes -= taken;
    return taken;
  }

  giveBack(byteCount: number): void {
    this.#freeBytes += byteCount;
  }
}

/** The last time that the far side was told of room. */
interface Told {
  readonly at: Instant;
  /** With fewer bytes left than this it has used some of that room. */
  readonly usedBelowBytes: number;
  isAnswered: boolean;
}

/**
 * How much the far side may send before it must wait (RFC 4254 §5.2). A fixed window lets a long path run dry between two adjustments, or fills the queues of a short
 * one: while a reader takes half of it within two round trips, the next one is twice as large, as far as the budget allows. A reader that doesn't keep up never
 * gets past the first.
 * Both sides take the first window for smaller than ssh2 says that it is: a sender need not use all of it. Another program's sender may, and loses nothing by that.
 */
export class ReceiveWindow {
  readonly #channel: WindowedChannel;
  readonly #budget: WindowBudget;
  /** What ssh2 has told the far side beyond the first window. */
  readonly #surplusBytes: number;
  #limitBytes = initialBytes;
  #told: Told | undefined;

  /** @param channel - nothing was sent on it yet, either way */
  constructor(channel: WindowedChannel, budget: WindowBudget) {
    this.#channel = channel;
    this.#budget = budget;
    this.#surplusBytes = channel.incoming.window - initialBytes;
    channel.outgoing.window = initialBytes;
  }

  /** Tells that the reader has taken all that came. */
  consumed(): void {
    const { incoming, outgoing, _client } = this.#channel;
    const leftBytes = incoming.window - this.#surplusBytes;
    this.#measure(leftBytes);
    if (leftBytes > this.#limitBytes / 2 || outgoing.state === 'closed') return;
    const at = this.#budget.now();
    if (this.#isTooSmall(at)) this.#limitBytes += this.#budget.take(Math.min(this.#limitBytes, mostBytes - this.#limitBytes));
    const byteCount = this.#limitBytes - leftBytes;
    incoming.window += byteCount;
    this.#told = { at, usedBelowBytes: byteCount, isAnswered: false };
    _client._protocol.channelWindowAdjust(outgoing.id, byteCount);
  }

  /** The channel is over. Idempotent. */
  release(): void {
    this.#budget.giveBack(this.#limitBytes - initialBytes);
    this.#limitBytes = initialBytes;
  }

  /** What was left before stays usable: what comes beyond it was sent after the far side had heard. */
  #measure(leftBytes: number): void {
    const told = this.#told;
    if (!told || told.isAnswered || leftBytes >= told.usedBelowBytes) return;
    told.isAnswered = true;
    const at = this.#budget.now();
    this.#budget.roundTrip.observe(at - told.at, at);
  }

  #isTooSmall(at: Instant): boolean {
    const roundTripMs = this.#budget.roundTrip.ms;
    return !this.#told || roundTripMs === undefined || at - this.#told.at < roundTripsPerHalf * roundTripMs;
  }
}
