import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/**
 * The checks that every state from SYN-RECEIVED on begins with, in the RFC's order: sequence number, RST, (security), SYN, and that there is an ACK at all.
 * Each answers what it stops.
 * @returns whether the segment's acknowledgement is to be looked at
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4 | RFC 9293 §3.10.7.4}, {@link https://www.rfc-editor.org/rfc/rfc5961 | RFC 5961}
 */
export function passesChecks(connection: TcpControlBlock, segment: TcpSegment): boolean {
  return (
    passesSequenceCheck(connection, segment) &&
    passesResetCheck(connection, segment) &&
    passesSynCheck(connection, segment) &&
    segment.has(tcpFlag.ack)
  );
}

/**
 * An ACK that answers what may be an attack, or an old connection's: the true peer then says more.
 * Deviation: no rate limit (RFC 5961 §7) beyond one per connection and poll: what would provoke them is a program on this machine.
 */
export function challenge(connection: TcpControlBlock): void {
  connection.host.counters.challengeAcks++;
  connection.oweAck();
}

/**
 * First. What is outside the window is an old duplicate, a keepalive or a window probe: the answer tells what we expect.
 * Deviations: SYN-RECEIVED doesn't answer; its SYN-ACK, which is repeated anyhow, says the same. And an ACK at the window's right edge is looked at, as Linux does: of a peer that
 * has filled the window, the first segment lost, each ACK has that number, and what it acknowledges would else time out.
 */
function passesSequenceCheck(connection: TcpControlBlock, segment: TcpSegment): boolean {
  const { receive } = connection;
  if (receive.isAcceptable(segment.seq, segment.length)) return true;
  if (segment.length === 0 && !segment.has(tcpFlag.rst) && receive.isAtEdge(segment.seq)) return true;
  if (!segment.has(tcpFlag.rst) && connection.state !== 'SYN-RECEIVED') connection.oweAck();
  return false;
}

/** Second. Only the exact number resets (RFC 5961 §3.2); another one in the window is asked about. */
function passesResetCheck(connection: TcpControlBlock, segment: TcpSegment): boolean {
  if (!segment.has(tcpFlag.rst)) return true;
  if (segment.seq !== connection.receive.nxt) {
    challenge(connection);
    return false;
  }
  connection.host.counters.tcpResetsIn++;
  // RFC 1337: a RST doesn't cut TIME-WAIT short.
  if (connection.state !== 'TIME-WAIT') connection.finish(isRefusal(connection) ? 'refused' : 'reset');
  return false;
}

/** Fourth. A SYN in the window is asked about (RFC 5961 §4.2); a connection that the peer has yet to complete returns to LISTEN: its next SYN opens anew. */
function passesSynCheck(connection: TcpControlBlock, segment: TcpSegment): boolean {
  if (!segment.has(tcpFlag.syn)) return true;
  if (connection.state === 'SYN-RECEIVED' && !connection.isActive) connection.finish('reset');
  else challenge(connection);
  return false;
}

function isRefusal(connection: TcpControlBlock): boolean {
  return connection.state === 'SYN-RECEIVED' && connection.isActive;
}
