import type { Instant } from '../instant.ts';
import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { acknowledged } from './ack-arrives.ts';
import { passesChecks } from './segment-checks.ts';
import { tellEnded, textArrives } from './segment-text.ts';
import { seqAdd } from './sequence-number.ts';
import { readSyn } from './syn-facts.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/**
 * An active open waits for the peer's SYN, with an ACK of ours or without (a simultaneous open).
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.3 | RFC 9293 §3.10.7.3}
 */
export function inSynSent(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  const { send, host } = connection;
  const hasAck = segment.has(tcpFlag.ack);
  if (hasAck && !send.acknowledgesNew(segment.ack)) {
    if (!segment.has(tcpFlag.rst)) host.replyReset(segment);
  } else if (segment.has(tcpFlag.rst)) {
    if (hasAck) refusedBy(connection);
  } else if (segment.has(tcpFlag.syn)) {
    connection.takeSyn(readSyn(bytes, segment));
    if (hasAck) synAckArrives(connection, bytes, segment, now);
    else answerSyn(connection);
  }
}

/**
 * The peer's ACK of our SYN completes the connection. A SYN that comes again gets our SYN-ACK again; in a simultaneous open the peer's SYN-ACK crosses ours, and is its ACK.
 * @returns whether the connection is established, and the segment still to be looked at by that state's rules
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4 | RFC 9293 §3.10.7.4, fifth check}, {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.5 | §3.5, figure 8}
 */
export function inSynReceived(connection: TcpControlBlock, segment: TcpSegment): boolean {
  if (segment.has(tcpFlag.syn) && segment.seq === connection.irs && !segment.has(tcpFlag.rst)) {
    if (!segment.has(tcpFlag.ack)) {
      answerSyn(connection);
      return false;
    }
    takeOffSyn(segment);
  }
  if (!passesChecks(connection, segment)) return false;
  if (!connection.send.acknowledgesNew(segment.ack)) {
    connection.host.replyReset(segment);
    return false;
  }
  connection.send.setWindow(segment.seq, segment.ack, segment.window << connection.peerShift);
  return establish(connection);
}

function synAckArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  acknowledged(connection, segment.ack, now);
  connection.oweAck();
  takeOffSyn(segment);
  if (!establish(connection) || !textArrives(connection, bytes, segment)) return;
  connection.state = 'CLOSE-WAIT';
  tellEnded(connection);
}

/** @returns whether the connection is still open: its user may reset it when told */
function establish(connection: TcpControlBlock): boolean {
  connection.state = 'ESTABLISHED';
  connection.rtt.handshakeDone();
  if (connection.isActive) connection.handler.connected?.();
  return connection.isOpen;
}

function refusedBy(connection: TcpControlBlock): void {
  connection.host.counters.tcpResetsIn++;
  connection.finish('refused');
}

function answerSyn(connection: TcpControlBlock): void {
  connection.state = 'SYN-RECEIVED';
  connection.synDue = true;
  connection.host.wake(connection);
}

/** Leaves what comes after the SYN: text, FIN. */
function takeOffSyn(segment: TcpSegment): void {
  segment.seq = seqAdd(segment.seq, 1);
  segment.flags &= ~tcpFlag.syn;
}
