import type { ByteChannel } from '../byte-channel.ts';

/** Gets each accepted connection; attaches in the same turn, or resets it. */
export type AcceptChannel = (channel: ByteChannel) => void;

/** A TCP socket that listens. */
export interface Listener {
  /** The port that it got, where any was asked for. */
  readonly port: number;
  /** Accepts no more; what was accepted goes on. Idempotent. */
  close(): Promise<void>;
}
