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

/** What the windows of all channels of a link may be together, beyond the first of each: its reader's memory, should all of them stall. */
export class WindowBudget {
  #freeBytes: number;

  constructor(limitBytes: number) {
    this.#freeBytes = limitBytes;
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

/**
 * How much the far side may send before it must wait (RFC 4254 §5.2). A fixed window lets the path run dry between two adjustments: each time the reader
 * has taken half of a window, the next one is twice as large, as far as the budget allows. A reader that doesn't keep up never gets past the first.
 * Both sides take the first window for smaller than ssh2 says that it is: a sender need not use all of it. Another program's sender may, and loses nothing by that.
 */
export class ReceiveWindow {
  readonly #channel: WindowedChannel;
  readonly #budget: WindowBudget;
  /** What ssh2 has told the far side beyond the first window. */
  readonly #surplusBytes: number;
  #limitBytes = initialBytes;

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
    if (leftBytes > this.#limitBytes / 2 || outgoing.state === 'closed') return;
    this.#limitBytes += this.#budget.take(Math.min(this.#limitBytes, mostBytes - this.#limitBytes));
    const byteCount = this.#limitBytes - leftBytes;
    incoming.window += byteCount;
    _client._protocol.channelWindowAdjust(outgoing.id, byteCount);
  }

  /** The channel is over. Idempotent. */
  release(): void {
    this.#budget.giveBack(this.#limitBytes - initialBytes);
    this.#limitBytes = initialBytes;
  }
}
