import type { Instant } from '../instant.ts';
import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';
import { afterFinAcknowledged, afterFinReceived, mayReceive } from './tcp-state.ts';

/** Duplicate ACKs kept for one turn: three are enough for the program to see a loss. */
const maxAcksOwed = 4;

/**
 * SEGMENT ARRIVES of all states that a connection has, in the order of the RFC.
 * @param bytes - the frame, in which the segment's payload is
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4 | RFC 9293 §3.10.7.4}, {@link https://www.rfc-editor.org/rfc/rfc5961 | RFC 5961}
 * Deviation: challenge ACKs have no rate limit beyond one per connection and poll: what would provoke them is a program on this machine.
 */
export function segmentArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (connection.state === 'CLOSED') return;
  if (!connection.receive.isAcceptable(segment.seq, segment.length)) {
    outsideWindow(connection, segment);
  } else if (segment.has(tcpFlag.rst)) {
    resetArrives(connection, segment);
  } else if (segment.has(tcpFlag.syn)) {
    challenge(connection);
  } else if (segment.has(tcpFlag.ack) && ackArrives(connection, segment, now)) {
    if (payloadArrives(connection, bytes, segment)) finArrives(connection, now);
  }
}

/** An old duplicate, a keepalive or a window probe: the answer tells what we expect. */
function outsideWindow(connection: TcpControlBlock, segment: TcpSegment): void {
  if (segment.has(tcpFlag.rst)) return;
  if (connection.state !== 'SYN-RECEIVED') {
    connection.oweAck();
  } else if (segment.has(tcpFlag.syn) && segment.seq === connection.irs) {
    connection.synDue = true;
    connection.host.wake(connection);
  }
}

/** Only the exact number resets (RFC 5961 §3.2); another one in the window is asked about. */
function resetArrives(connection: TcpControlBlock, segment: TcpSegment): void {
  if (segment.seq !== connection.receive.nxt) {
    challenge(connection);
    return;
  }
  connection.host.counters.tcpResetsIn++;
  if (connection.state === 'TIME-WAIT') return; // RFC 1337: a RST doesn't cut TIME-WAIT short.
  connection.finish('reset');
}

function challenge(connection: TcpControlBlock): void {
  connection.host.counters.challengeAcks++;
  connection.oweAck();
}

/** @returns whether the rest of the segment is to be looked at */
function ackArrives(connection: TcpControlBlock, segment: TcpSegment, now: Instant): boolean {
  const { send, host } = connection;
  if (connection.state === 'SYN-RECEIVED') {
    if (!send.acknowledgesNew(segment.ack)) {
      host.replyReset(segment);
      return false;
    }
    connection.state = 'ESTABLISHED';
    send.setWindow(segment.seq, segment.ack, segment.window << connection.peerShift);
  }
  const ahead = seqDistance(send.una, segment.ack);
  // RFC 5961 §5.2: neither what was never sent, nor what is older than any window.
  if (seqDistance(send.max, segment.ack) > 0 || -ahead > send.maxWnd) {
    challenge(connection);
    return false;
  }
  if (connection.state === 'TIME-WAIT') return true;
  const windowChanged = ahead >= 0 && send.updateWindow(segment.seq, segment.ack, segment.window << connection.peerShift);
  if (connection.timer === 'persist') connection.attempts = 0;
  if (ahead > 0) acknowledged(connection, segment.ack, now);
  else if (isDuplicate(connection, segment, windowChanged) && send.max !== send.una) noteDuplicate(connection);
  if (windowChanged) host.wake(connection);
  return isOpen(connection);
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc5681#section-2 | RFC 5681 §2} */
function isDuplicate(connection: TcpControlBlock, segment: TcpSegment, windowChanged: boolean): boolean {
  return segment.ack === connection.send.una && segment.length === 0 && !windowChanged;
}

function noteDuplicate(connection: TcpControlBlock): void {
  const { send, congestion, host } = connection;
  if (congestion.duplicate(seqDistance(send.una, send.max), send.max)) connection.retransmitDue = true;
  host.wake(connection);
}

function acknowledged(connection: TcpControlBlock, ack: number, now: Instant): void {
  const { send, rtt, host } = connection;
  const count = send.acknowledge(ack);
  connection.attempts = 0;
  if (connection.rttSeq !== undefined && seqDistance(connection.rttSeq, ack) >= 0) {
    rtt.sample(now - connection.rttAt);
    connection.rttSeq = undefined;
  } else {
    rtt.recover();
  }
  if (connection.congestion.acknowledged(ack, count)) connection.retransmitDue = true;
  // RFC 6298 (5.2), (5.3)
  if (send.una === send.max) connection.setTimer('off', Infinity);
  else connection.setTimer('retransmit', now + rtt.timeoutMs);
  host.wake(connection);
  if (send.finAcknowledged) finAcknowledged(connection, now);
  else tellWritable(connection);
}

function finAcknowledged(connection: TcpControlBlock, now: Instant): void {
  const state = afterFinAcknowledged(connection.state);
  if (state === 'CLOSED') connection.finish();
  else if (state === 'TIME-WAIT') connection.linger(now);
  else connection.state = state;
}

/** Not for every few bytes of room: a quarter of the queue. */
function tellWritable(connection: TcpControlBlock): void {
  const { send } = connection;
  if (!connection.writeBlocked || send.room * 4 < send.limitBytes) return;
  connection.writeBlocked = false;
  connection.handler.writable();
}

/** Delivers what is in order, keeps what is early. @returns whether the connection is still open */
function payloadArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment): boolean {
  const { receive } = connection;
  if (!mayReceive(connection.state)) {
    // Only a repeated FIN has something to say here, and it was outside the window unless this is TIME-WAIT.
    if (segment.length > 0) connection.oweAck();
    return true;
  }
  const skip = Math.max(0, seqDistance(segment.seq, receive.nxt));
  const seq = seqAdd(segment.seq, skip);
  const room = receive.windowBytes - seqDistance(receive.nxt, seq);
  const wanted = segment.payloadBytes - skip;
  const count = Math.max(0, Math.min(wanted, room));
  if (segment.has(tcpFlag.fin) && count >= wanted) receive.finAt(seqAdd(segment.seq, segment.payloadBytes));
  const at = segment.payloadAt + skip;
  if (seq !== receive.nxt) {
    keepEarly(connection, seq, bytes.subarray(at, at + count));
    return true;
  }
  if (segment.length > 0) connection.oweAck();
  return count === 0 || deliver(connection, bytes.subarray(at, at + count));
}

/** Each early segment gets an ACK of its own, for the program counts them (RFC 5681 §3.2). */
function keepEarly(connection: TcpControlBlock, seq: number, payload: Uint8Array): void {
  connection.host.counters.segmentsOutOfOrder++;
  if (payload.length > 0) connection.receive.keep(seq, payload);
  connection.acksOwed = Math.min(maxAcksOwed, connection.acksOwed + 1);
  connection.host.wake(connection);
}

/** Hands over `payload` and what was kept for after it; the user may reset meanwhile. */
function deliver(connection: TcpControlBlock, payload: Uint8Array): boolean {
  const { receive, handler } = connection;
  let next: Uint8Array | undefined = payload;
  while (next) {
    receive.delivered(next.length);
    handler.data(next);
    if (!isOpen(connection)) return false;
    next = receive.takeKept();
  }
  return true;
}

function finArrives(connection: TcpControlBlock, now: Instant): void {
  if (!mayReceive(connection.state) || !connection.receive.takeFin()) return;
  const state = afterFinReceived(connection.state);
  if (state !== 'TIME-WAIT') connection.state = state;
  connection.oweAck();
  connection.handler.ended();
  // `ended` may have reset the connection.
  if (state === 'TIME-WAIT' && isOpen(connection)) connection.linger(now);
}

function isOpen(connection: TcpControlBlock): boolean {
  return connection.state !== 'CLOSED';
}
