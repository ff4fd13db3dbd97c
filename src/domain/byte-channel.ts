import type { ErrnoName } from './errno-error.ts';

/** Why a channel ended without the far side's end of stream. */
export interface ChannelFailure {
  /** `ECONNRESET` where a peer reset; `EPIPE` or `ETIMEDOUT` where the path between was lost. */
  readonly errno: ErrnoName;
  readonly message: string;
}

/**
 * What a channel tells its reader. Nothing is told before `attach`, and nothing after `closed`.
 * `closed` comes exactly once: without failure after both directions ended, with one otherwise.
 */
export interface ByteSink {
  /** The sink owns `chunk` from here on. Not called while paused, save for what was already under way in the same turn. */
  data(chunk: Uint8Array): void;
  /** The far side sends no more (half-close); this side may still write. */
  ended(): void;
  /** Called once after `write` returned no room, when there is room again. */
  drained(): void;
  closed(failure?: ChannelFailure): void;
}

/**
 * A duplex stream of bytes with backpressure both ways; the only form in which bytes cross ports.
 * A reset is not an end: `reset` and `closed(failure)` carry it through every layer.
 */
export interface ByteChannel {
  /** Exactly once, in the turn in which the channel was received. */
  attach(sink: ByteSink): void;
  /**
   * Takes ownership of `chunk`; all of it is accepted.
   * @returns whether there is room: after `false` the writer waits for `drained`
   */
  write(chunk: Uint8Array): boolean;
  /** Sends end of stream after what was written (half-close). Idempotent. */
  end(): void;
  /** Drops both directions at once; the far side sees a reset. Idempotent; `closed` follows. */
  reset(failure: ChannelFailure): void;
  pause(): void;
  resume(): void;
}
