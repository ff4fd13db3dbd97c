import type { Instant } from '../instant.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { takeSackBlocks } from './loss-recovery.ts';
import { heardFromPeer, restTimer } from './retransmission.ts';
import { challenge } from './segment-checks.ts';
import { seqDistance } from './sequence-number.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/**
 * What a segment acknowledges, and the window it announces. A FIN of ours that is acknowledged is left to the state: see `SendQueue.finAcknowledged`.
 * @returns whether the rest of the segment is to be looked at
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4 | RFC 9293 §3.10.7.4, fifth check}
 */
export function ackArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): boolean {
  if (!ackIsPlausible(connection, segment)) return false;
  const { send, host } = connection;
  const ahead = seqDistance(send.una, segment.ack);
  const windowChanged = ahead >= 0 && send.updateWindow(segment.seq, segment.ack, segment.window << connection.peerShift);
  // The probes' back-off was of a window that was closed, not of a path that is slow.
  if (windowChanged && connection.timer === 'persist') connection.rtt.recover();
  heardFromPeer(connection, now);
  const isPlainDuplicate = isDuplicate(connection, segment, windowChanged);
  if (ahead > 0) acknowledged(connection, segment.ack, now);
  if (windowChanged) host.wake(connection);
  if (!connection.isOpen) return false;
  const isLossHint = connection.sackPermitted ? takeSackBlocks(connection, bytes, segment) : isPlainDuplicate;
  if (isLossHint && send.max !== send.una) noteDuplicate(connection);
  return true;
}

/** Neither of what was never sent, nor older than any window; else it is asked about. @see {@link https://www.rfc-editor.org/rfc/rfc5961#section-5.2 | RFC 5961 §5.2} */
export function ackIsPlausible(connection: TcpControlBlock, segment: TcpSegment): boolean {
  const { send } = connection;
  if (seqDistance(send.max, segment.ack) <= 0 && seqDistance(segment.ack, send.una) <= send.maxWnd) return true;
  challenge(connection);
  return false;
}

/** `ack` acknowledges something new. The user may be told of room, and may reset the connection then. */
export function acknowledged(connection: TcpControlBlock, ack: number, now: Instant): void {
  const { send, rtt, host } = connection;
  const count = send.acknowledge(ack);
  connection.scoreboard.advance(ack);
  connection.attempts = 0;
  if (connection.rttSeq !== undefined && seqDistance(connection.rttSeq, ack) >= 0) {
    rtt.sample(now - connection.rttAt);
    connection.rttSeq = undefined;
  } else {
    rtt.recover();
  }
  if (connection.congestion.acknowledged(ack, count)) connection.retransmitDue = true;
  // RFC 6298 (5.2), (5.3)
  if (send.una === send.max) restTimer(connection, now);
  else connection.setTimer('retransmit', now + rtt.timeoutMs);
  host.wake(connection);
  tellWritable(connection);
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc5681#section-2 | RFC 5681 §2} */
function isDuplicate(connection: TcpControlBlock, segment: TcpSegment, windowChanged: boolean): boolean {
  return segment.ack === connection.send.una && segment.length === 0 && !windowChanged;
}

function noteDuplicate(connection: TcpControlBlock): void {
  const { send, congestion, scoreboard, host } = connection;
  if (congestion.duplicate(seqDistance(send.una, send.max), send.max, scoreboard.isLost(send.una, connection.mss))) {
    connection.retransmitDue = true;
    scoreboard.beginRecovery(send.una);
  }
  host.wake(connection);
}

/** Not for every few bytes of room: a quarter of the queue. */
function tellWritable(connection: TcpControlBlock): void {
  const { send } = connection;
  if (!connection.writeBlocked || send.room * 4 < send.limitBytes) return;
  connection.writeBlocked = false;
  connection.handler.writable();
}
