import type { ByteChannel, ByteSink } from './byte-channel.ts';

/**
 * Joins two channels until both directions ended or either side reset: bytes, backpressure, half-closes and resets pass both ways as they came.
 * Both are attached here, so call it in the turn in which the later one was received.
 */
export function joinChannels(one: ByteChannel, other: ByteChannel): void {
  one.attach(towards(one, other));
  other.attach(towards(other, one));
}

/** What `from` tells, passed on to `to`. */
function towards(from: ByteChannel, to: ByteChannel): ByteSink {
  return {
    data: (chunk) => {
      if (!to.write(chunk)) from.pause();
    },
    ended: () => to.end(),
    // Of `from`'s own writing half: it has room again for what `to` reads.
    drained: () => to.resume(),
    closed: (failure) => {
      if (failure) to.reset(failure);
    },
  };
}
