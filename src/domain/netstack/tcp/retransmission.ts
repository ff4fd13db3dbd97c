import type { Instant } from '../instant.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';

/**
 * SYNs, or SYN-ACKs, after the first that may go unanswered.
 * Deviation: that is a minute, where RFC 9293 (MUST-23) wants three: the peer is a program on this machine, or isn't there.
 */
const maxSynRetransmissions = 5;

/** The retransmission timer runs while something is in flight; it starts over only with an acknowledgement. @see RFC 6298 §5 (5.1) to (5.3) */
export function armRetransmission(connection: TcpControlBlock, now: Instant): void {
  if (connection.timer === 'retransmit' && connection.deadline !== Infinity) return;
  connection.setTimer('retransmit', now + connection.rtt.timeoutMs);
}

/** While the peer's window is closed and nothing is in flight, the timer sends probes. @see RFC 9293 §3.8.6.1 */
export function armPersist(connection: TcpControlBlock, now: Instant): void {
  if (connection.timer === 'persist' && connection.deadline !== Infinity) return;
  connection.setTimer('persist', now + connection.rtt.timeoutMs);
}

/** Nothing is in flight: the timer is off, or waits for the time to ask whether the peer is still there. @see RFC 9293 §3.8.4 */
export function restTimer(connection: TcpControlBlock, now: Instant): void {
  const { keepAliveIdleMs } = connection.host.limits;
  connection.setTimer(keepAliveIdleMs === Infinity ? 'off' : 'keep-alive', now + keepAliveIdleMs);
}

/** The peer is there, though perhaps with nothing new: a closed window is probed for as long as it answers (MUST-37), an idle connection not before it is idle again. */
export function heardFromPeer(connection: TcpControlBlock, now: Instant): void {
  if (connection.timer === 'persist') {
    connection.attempts = 0;
  } else if (connection.timer === 'keep-alive') {
    connection.attempts = 0;
    restTimer(connection, now);
  }
}

/** The timer of `connection` is due: notes what is to be sent again, or gives up. */
export function timerExpired(connection: TcpControlBlock, now: Instant): void {
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
  if (connection.timer === 'keep-alive') connection.setTimer('keep-alive', now + connection.host.limits.keepAliveIntervalMs);
  else connection.rtt.backOff();
  if (isOpening(connection)) connection.synDue = true;
  else if (connection.timer === 'retransmit') resendFromStart(connection);
  else connection.probeDue = true;
  connection.host.wake(connection);
}

function attemptLimit(connection: TcpControlBlock): number {
  const { maxRetransmissions, keepAliveProbes } = connection.host.limits;
  if (connection.timer === 'keep-alive') return keepAliveProbes;
  return isOpening(connection) ? Math.min(maxSynRetransmissions, maxRetransmissions) : maxRetransmissions;
}

function isOpening(connection: TcpControlBlock): boolean {
  return connection.state === 'SYN-SENT' || connection.state === 'SYN-RECEIVED';
}

/** Everything in flight counts as lost: SND.NXT goes back. */
function resendFromStart(connection: TcpControlBlock): void {
  const { send } = connection;
  connection.congestion.timedOut(send.flightBytes, send.max);
  send.nxt = send.una;
  connection.rttSeq = undefined;
  connection.retransmitDue = false;
}
