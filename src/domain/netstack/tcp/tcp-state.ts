/**
 * The states of a connection. LISTEN is none: the stack is that, and a SYN that waits for its answer is a `PendingOpen`, not yet a connection.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2 | RFC 9293 §3.3.2}
 */
export type TcpState =
  | 'SYN-SENT' | 'SYN-RECEIVED' | 'ESTABLISHED' | 'FIN-WAIT-1' | 'FIN-WAIT-2' | 'CLOSE-WAIT' | 'CLOSING' | 'LAST-ACK' | 'TIME-WAIT'
  | 'CLOSED'; // prettier-ignore

/** Whether the peer may still send data. */
export function mayReceive(state: TcpState): boolean {
  return state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}

/** Whether our FIN was not sent yet, so that the stream's user may still write. */
export function mayWrite(state: TcpState): boolean {
  return state === 'SYN-SENT' || state === 'SYN-RECEIVED' || state === 'ESTABLISHED' || state === 'CLOSE-WAIT';
}

/** The state after our FIN was sent for the first time. */
export function afterFinSent(state: TcpState): TcpState {
  if (state === 'ESTABLISHED') return 'FIN-WAIT-1';
  return state === 'CLOSE-WAIT' ? 'LAST-ACK' : state;
}
