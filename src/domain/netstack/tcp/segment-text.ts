import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/** Duplicate ACKs kept for one turn: three are enough for the peer to see a loss. */
const maxAcksOwed = 4;

/**
 * Delivers what is in order, keeps what is early, of the states in which the peer may send.
 * @returns whether all up to the peer's FIN was delivered now; the FIN is passed then, and the state is to change
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4 | RFC 9293 §3.10.7.4, seventh and eighth check}
 */
export function textArrives(connection: TcpControlBlock, bytes: Uint8Array, segment: TcpSegment): boolean {
  const { receive } = connection;
  // An ACK alone is nothing early, wherever its number is: answers to it would be answered in turn.
  if (segment.length === 0) return false;
  const skip = Math.max(0, seqDistance(segment.seq, receive.nxt));
  const seq = seqAdd(segment.seq, skip);
  const room = receive.windowBytes - seqDistance(receive.nxt, seq);
  const wanted = segment.payloadBytes - skip;
  const count = Math.max(0, Math.min(wanted, room));
  if (segment.has(tcpFlag.fin) && count >= wanted) receive.finAt(seqAdd(segment.seq, segment.payloadBytes));
  const at = segment.payloadAt + skip;
  if (seq !== receive.nxt) {
    keepEarly(connection, seq, bytes.subarray(at, at + count));
  } else {
    connection.oweAck();
    if (count > 0 && !deliver(connection, bytes, at, at + count)) return false;
  }
  return receive.takeFin();
}

/** The peer's FIN was passed. @returns whether the connection is still open: the user may reset it when told */
export function tellEnded(connection: TcpControlBlock): boolean {
  connection.oweAck();
  connection.handler.ended();
  return connection.isOpen;
}

/** Nothing can come after the peer's FIN: this is the FIN once more, or nonsense, and the ACK says so. */
export function ackStray(connection: TcpControlBlock, segment: TcpSegment): void {
  if (segment.length > 0) connection.oweAck();
}

/** Each early segment gets an ACK of its own, for the peer counts them (RFC 5681 §3.2). */
function keepEarly(connection: TcpControlBlock, seq: number, payload: Uint8Array): void {
  connection.host.counters.segmentsOutOfOrder++;
  if (payload.length > 0) connection.receive.keep(seq, payload);
  connection.acksOwed = Math.min(maxAcksOwed, connection.acksOwed + 1);
  connection.host.wake(connection);
}

/** Hands over the payload and what was kept for after it. @returns whether the connection is still open: the user may reset it meanwhile */
function deliver(connection: TcpControlBlock, bytes: Uint8Array, start: number, end: number): boolean {
  const { receive, handler } = connection;
  receive.delivered(end - start);
  handler.data(bytes, start, end);
  for (let next = takeKept(connection); next; next = takeKept(connection)) {
    receive.delivered(next.length);
    handler.data(next, 0, next.length);
  }
  return connection.isOpen;
}

function takeKept(connection: TcpControlBlock): Uint8Array | undefined {
  return connection.isOpen ? connection.receive.takeKept() : undefined;
}
