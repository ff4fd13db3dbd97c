import type { ChannelFailure } from '../byte-channel.ts';

/** What of the link's byte stream (a Node Writable) the pressure is read from. */
export interface Transport {
  /** Bytes accepted and not yet passed on. */
  readonly writableLength: number;
  readonly destroyed: boolean;
  /** `'drain'` comes when `writableLength` has sunk to 0 after a write that found it above the stream's own mark. */
  on(event: 'drain', listener: () => void): unknown;
}

/**
 * The one limit that all channels of a link share. SSH bounds what each channel may have under way (its window), but nothing bounds their sum:
 * two hundred channels with full windows would hold 400 MB on a slow path. So each asks here before it reads more from its source.
 */
export class TransportPressure {
  readonly #transport: Transport;
  readonly #limitBytes: number;
  #waiting: (() => void)[] = [];
  #failure: ChannelFailure | undefined;

  /** @param limitBytes - above the transport's own high-water mark, else no drain would be told */
  constructor(transport: Transport, limitBytes: number) {
    this.#transport = transport;
    this.#limitBytes = limitBytes;
    transport.on('drain', () => this.#relieve());
  }

  get isCongested(): boolean {
    return this.#transport.writableLength >= this.#limitBytes;
  }

  /** Calls `listener` once, when the transport has drained; never after it was lost. */
  whenRelieved(listener: () => void): void {
    this.#waiting.push(listener);
  }

  /** Says why channels that end from now on were not ended by their peer. */
  fail(failure: ChannelFailure): void {
    this.#failure ??= failure;
  }

  /** Why the path is gone; `undefined` while it is there. */
  get failure(): ChannelFailure | undefined {
    if (this.#failure) return this.#failure;
    return this.#transport.destroyed ? { errno: 'EPIPE', message: 'the link to the agent was lost' } : undefined;
  }

  #relieve(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const listener of waiting) listener();
  }
}
