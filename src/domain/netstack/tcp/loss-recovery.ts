import { readU32, readU8 } from '../wire/octets.ts';
import { sackOptionAt } from '../wire/tcp-options.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/** Takes the segment's selective acknowledgements. @returns whether they tell anything new: RFC 6675's duplicate ACK */
export function takeSackBlocks(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment): boolean {
  const at = sackOptionAt(bytes, segment.optionsAt, segment.payloadAt);
  if (at === 0) return false;
  const { send, scoreboard } = connection;
  let isNew = false;
  const end = at + readU8(bytes, at + 1);
  for (let block = at + 2; block + 8 <= end; block += 8) {
    const from = readU32(bytes, block);
    const stop = readU32(bytes, block + 4);
    // Of nothing, of what was never sent, or of what is acknowledged (RFC 2883): no news.
    const isOutstanding = seqDistance(send.una, from) > 0 && seqDistance(from, stop) > 0 && seqDistance(stop, send.max) >= 0;
    if (isOutstanding && scoreboard.add(from, stop)) isNew = true;
  }
  return isNew;
}

/** How much is on its way to the peer. */
export function pipeBytes(connection: TcpControlBlock): number {
  const { send, scoreboard, congestion } = connection;
  if (isRecovering(connection)) return scoreboard.pipeBytes(send.una, send.max, connection.mss);
  return scoreboard.isEmpty || !congestion.isSelective ? send.flightBytes : send.flightBytes - scoreboard.bytesBefore(send.nxt);
}

/** Whether what is lost is being repaired by what the peer said that it has. */
export function isRecovering(connection: TcpControlBlock): boolean {
  return connection.congestion.isSelective && connection.congestion.recoverSeq !== undefined;
}

/** A lost hole that wasn't sent again yet: its start, or `undefined`. @see {@link https://www.rfc-editor.org/rfc/rfc6675#section-4 | RFC 6675 §4, NextSeg (1)} */
export function nextLost(connection: TcpControlBlock): number | undefined {
  const seq = nextUnrepaired(connection);
  return connection.scoreboard.isLost(seq, connection.mss) ? seq : undefined;
}

/** Where there is nothing new to send: a hole that isn't lost yet. @see RFC 6675 §4, NextSeg (3) */
export function nextInDoubt(connection: TcpControlBlock): number | undefined {
  const seq = nextUnrepaired(connection);
  return connection.scoreboard.holeBytes(seq) === Infinity ? undefined : seq;
}

/**
 * Where nothing else is to be sent: once per recovery the end of what is outstanding, for nothing comes after it that would tell whether it is lost.
 * Deviation from RFC 6675 §4, NextSeg (4): not where it was sent again already, or something new was sent since.
 */
export function nextRescue({ scoreboard, send, congestion, mss }: TcpControlBlock): number | undefined {
  const end = scoreboard.lastHoleEnd(send.max);
  if (!scoreboard.mayRescue || congestion.recoverSeq !== send.max || seqDistance(scoreboard.highRxt, end) <= 0) return undefined;
  const dataEnd = seqDistance(send.end, end) > 0 ? send.end : end;
  const tail = seqAdd(dataEnd, -mss);
  return scoreboard.nextHole(seqDistance(send.una, tail) > 0 ? tail : send.una);
}

function nextUnrepaired({ scoreboard, send }: TcpControlBlock): number {
  return scoreboard.nextHole(seqDistance(send.una, scoreboard.highRxt) > 0 ? scoreboard.highRxt : send.una);
}
