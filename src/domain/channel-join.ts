import type { ByteChannel, ByteSink } from './byte-channel.ts';
import { deferred } from './promises.ts';

/**
 * Joins two channels until both directions ended or either side reset: bytes, backpressure, half-closes and resets pass both ways as they came.
 * Both are attached here, so call it in the turn in which the later one was received.
 * @returns when both are closed; never rejects
 */
export async function joinChannels(one: ByteChannel, other: ByteChannel): Promise<void> {
  const [oneClosed, otherClosed] = [deferred<void>(), deferred<void>()];
  one.attach(towards(one, other, oneClosed.resolve));
  other.attach(towards(other, one, otherClosed.resolve));
  await oneClosed.promise;
  await otherClosed.promise;
}

/** What `from` tells, passed on to `to`. */
function towards(from: ByteChannel, to: ByteChannel, closed: () => void): ByteSink {
  return {
    data: (chunk) => {
      if (!to.write(chunk)) from.pause();
    },
    ended: () => to.end(),
    // Of `from`'s own writing half: it has room again for what `to` reads.
    drained: () => to.resume(),
    closed: (failure) => {
      if (failure) to.reset(failure);
      closed();
    },
  };
}
