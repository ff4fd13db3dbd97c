import type { ByteChannel, ChannelFailure } from '../../domain/byte-channel.ts';
import { joinChannels } from '../../domain/channel-join.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import { ParkedChannel } from '../../domain/parked-channel.ts';

/**
 * Joins an accepted connection with the one that `dial` makes; where that fails, the accepted one is reset. Never rejects; resolves when both are closed.
 * @param accepted - received in this turn
 * @param dial - its signal aborts when the accepted one is closed meanwhile
 */
export async function relayConnection(accepted: ByteChannel, dial: (signal: AbortSignal) => Promise<ByteChannel>): Promise<void> {
  const gone = new AbortController();
  const parked = new ParkedChannel(accepted, () => gone.abort());
  try {
    await joinChannels(parked, await dial(gone.signal));
  } catch (error) {
    parked.reset(failureOf(error));
  }
}

function failureOf(error: unknown): ChannelFailure {
  const message = error instanceof Error ? error.message : String(error);
  return { errno: error instanceof ErrnoError ? error.errno : 'ECONNRESET', message };
}
