/**
 * Theory of operation of `netstack/tcp`.
 *
 * A connection is a `TcpControlBlock`: variables, no threads, no clock. Three things move it. `segmentArrives`, below, takes a segment of the peer;
 * `timerExpired` takes the passing of time; the user's calls on `TcpConnection` take the user's wishes. Each only changes variables and notes what is due
 * (`acksOwed`, `synDue`, `retransmitDue`, `probeDue`, data beyond SND.NXT), then asks for a turn. `emitOutput` alone writes segments, once per poll, whatever was
 * noted since: so a batch of segments gets one ACK, and a full device loses nothing.
 *
 * LISTEN is the stack itself, which impersonates every address: `TcpLayer` makes a `PendingOpen` of each SYN, and only when its user accepts does the connection begin, in
 * SYN-RECEIVED. An active open begins in SYN-SENT. CLOSED is a key that `TcpLayer` knows no flow of (its `replyReset` is that state's function), or a connection whose RST waits for the device.
 *
 *   open by the peer: (LISTEN) -> SYN-RECEIVED -> ESTABLISHED          by us: SYN-SENT -> ESTABLISHED, or by both at once -> SYN-RECEIVED -> ESTABLISHED
 *   the peer ends first: ESTABLISHED -> CLOSE-WAIT -> LAST-ACK -> (CLOSED)
 *   we do: ESTABLISHED -> FIN-WAIT-1 -> FIN-WAIT-2 -> TIME-WAIT -> (CLOSED)          both at once: FIN-WAIT-1 -> CLOSING -> TIME-WAIT
 *
 * Bytes: what the user writes is copied into `SendQueue` and stays there until acknowledged. What arrives in order is handed over at once, where it lies in the frame, and counts against the window
 * of `ReceiveQueue` until the user says `consumed`; what arrives early is copied. So memory per connection is bounded by the two queues, and a slow user closes the peer's window.
 * Losses: `RttEstimator` and `retransmission.ts` (time-outs), `CongestionControl` (duplicate ACKs), `SackScoreboard` and `loss-recovery.ts` (what the peer has of it). Each connection has one timer, whose purpose changes.
 *
 * Deviations: urgent data (RFC 9293 §3.8.5) are delivered where they stand among the others, for no `TcpStream` has a place for a pointer; timestamps, and with them PAWS (RFC 7323 §3 to §5), aren't
 * offered: no segment outlives its numbers between a program and its own machine's stack; an ICMP "fragmentation needed" isn't looked at, for the path is one device, whose MTU is known.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293 | RFC 9293}
 */
import type { Instant } from '../instant.ts';
import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { ackArrives, ackIsPlausible } from './ack-arrives.ts';
import { passesChecks } from './segment-checks.ts';
import { inSynReceived, inSynSent } from './segment-opens.ts';
import { ackStray, tellEnded, textArrives } from './segment-text.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/**
 * SEGMENT ARRIVES: a function per state, each going through the RFC's checks in their order.
 * @param bytes - the frame, in which the segment's options and payload are. @param segment - may be changed
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7 | RFC 9293 §3.10.7}
 */
export function segmentArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  switch (connection.state) {
    case 'ESTABLISHED':
      return inEstablished(connection, bytes, segment, now);
    case 'SYN-SENT':
      return inSynSent(connection, bytes, segment, now);
    case 'SYN-RECEIVED':
      if (inSynReceived(connection, segment)) inEstablished(connection, bytes, segment, now);
      return;
    case 'FIN-WAIT-1':
      return inFinWait1(connection, bytes, segment, now);
    case 'FIN-WAIT-2':
      return inFinWait2(connection, bytes, segment, now);
    case 'CLOSE-WAIT':
      return inCloseWait(connection, bytes, segment, now);
    case 'CLOSING':
      return inClosing(connection, bytes, segment, now);
    case 'LAST-ACK':
      return inLastAck(connection, bytes, segment, now);
    case 'TIME-WAIT':
      return inTimeWait(connection, segment, now);
    case 'CLOSED': // Its RST is all that it has left to say.
  }
}

function inEstablished(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (!passesChecks(connection, segment) || !ackArrives(connection, bytes, segment, now)) return;
  if (!textArrives(connection, bytes, segment)) return;
  connection.state = 'CLOSE-WAIT';
  tellEnded(connection);
}

function inFinWait1(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (!passesChecks(connection, segment) || !ackArrives(connection, bytes, segment, now)) return;
  if (connection.send.finAcknowledged) {
    connection.state = 'FIN-WAIT-2';
    textArrivesInFinWait2(connection, bytes, segment, now);
  } else if (textArrives(connection, bytes, segment)) {
    connection.state = 'CLOSING';
    tellEnded(connection);
  }
}

function inFinWait2(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (passesChecks(connection, segment) && ackArrives(connection, bytes, segment, now))
    textArrivesInFinWait2(connection, bytes, segment, now);
}

function textArrivesInFinWait2(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (textArrives(connection, bytes, segment) && tellEnded(connection)) connection.linger(now);
}

function inCloseWait(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (passesChecks(connection, segment) && ackArrives(connection, bytes, segment, now)) ackStray(connection, segment);
}

function inClosing(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (!passesChecks(connection, segment) || !ackArrives(connection, bytes, segment, now)) return;
  if (connection.send.finAcknowledged) connection.linger(now);
  ackStray(connection, segment);
}

function inLastAck(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
  if (!passesChecks(connection, segment) || !ackArrives(connection, bytes, segment, now)) return;
  if (connection.send.finAcknowledged) connection.finish();
  else ackStray(connection, segment);
}

/** A repeated FIN says that our last ACK was lost: it is acknowledged again (by the first check), and the wait begins anew. */
function inTimeWait(connection: TcpControlBlock, segment: TcpSegment, now: Instant): void {
  if (segment.has(tcpFlag.fin)) connection.setTimer('time-wait', now + connection.host.limits.timeWaitMs);
  if (passesChecks(connection, segment) && ackIsPlausible(connection, segment)) ackStray(connection, segment);
}
