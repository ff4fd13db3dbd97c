/** The parts of an ssh2 1.17 Channel that its receive window is kept with. */
export interface WindowedChannel {
  /** Bytes that the far side may still send; ssh2 counts it down. */
  readonly incoming: { window: number };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { channelWindowAdjust(recipient: number, byteCount: number): void } };
}

/** What ssh2 opens every channel with. */
const initialBytes = 2_097_152;

/** The most that a channel whose reader keeps up may have under way. */
const mostBytes = 8_388_608;

/**
 * How much the far side may send before it must wait (RFC 4254 §5.2). ssh2's own 2 MiB let the path run dry between two adjustments: each time the reader
 * has taken half of a window, the next one is twice as large. A reader that doesn't keep up never gets past the first.
 */
export class ReceiveWindow {
  readonly #channel: WindowedChannel;
  #limitBytes = initialBytes;

  constructor(channel: WindowedChannel) {
    this.#channel = channel;
  }

  /** Tells that the reader has taken all that came. */
  consumed(): void {
    const { incoming, outgoing, _client } = this.#channel;
    if (incoming.window > this.#limitBytes / 2 || outgoing.state === 'closed') return;
    this.#limitBytes = Math.min(mostBytes, this.#limitBytes * 2);
    const byteCount = this.#limitBytes - incoming.window;
    incoming.window += byteCount;
    _client._protocol.channelWindowAdjust(outgoing.id, byteCount);
  }
}
