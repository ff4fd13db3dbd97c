import type { Instant } from '../instant.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/** SYN-ACKs after the first that may go unanswered. */
const maxSynRetransmissions = 5;

/** The retransmission timer runs while something is in flight; it starts over only with an acknowledgement. @see RFC 6298 §5 (5.1) to (5.3) */
export function armRetransmission(connection: TcpControlBlock, now: Instant): void {
  if (connection.timer === 'retransmit' && connection.deadline !== Infinity) return;
  connection.setTimer('retransmit', now + connection.rtt.timeoutMs);
}

/** While the program's window is closed and nothing is in flight, the timer sends probes. @see RFC 9293 §3.8.6.1 */
export function armPersist(connection: TcpControlBlock, now: Instant): void {
  if (connection.timer === 'persist' && connection.deadline !== Infinity) return;
  connection.setTimer('persist', now + connection.rtt.timeoutMs);
}

/** The timer of `connection` is due: notes what is to be sent again, or gives up. */
export function timerExpired(connection: TcpControlBlock): void {
  if (connection.timer === 'time-wait') {
    connection.vanish();
    return;
  }
  connection.attempts++;
  if (connection.attempts > attemptLimit(connection)) {
    connection.host.counters.tcpTimedOut++;
    connection.fail('timed-out');
    return;
  }
  connection.rtt.backOff();
  if (connection.state === 'SYN-RECEIVED') connection.synDue = true;
  else if (connection.timer === 'persist') connection.probeDue = true;
  else resendFromStart(connection);
  connection.host.wake(connection);
}

function attemptLimit(connection: TcpControlBlock): number {
  const { maxRetransmissions } = connection.host.limits;
  return connection.state === 'SYN-RECEIVED' ? Math.min(maxSynRetransmissions, maxRetransmissions) : maxRetransmissions;
}

/** Everything in flight counts as lost: SND.NXT goes back. */
function resendFromStart(connection: TcpControlBlock): void {
  const { send } = connection;
  connection.congestion.timedOut(send.flightBytes);
  send.nxt = send.una;
  connection.rttSeq = undefined;
  connection.retransmitDue = false;
}
