import { noTcpOptions } from '../frame-writer.ts';
import type { Instant } from '../instant.ts';
import { maxSackBlocks } from '../wire/tcp-options.ts';
import { tcpFlag } from '../wire/tcp-segment.ts';
import { isRecovering, nextInDoubt, nextLost, nextRescue, pipeBytes } from './loss-recovery.ts';
import { armPersist, armRetransmission } from './retransmission.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';
import { localMss, windowShiftFor } from './syn-facts.ts';
import type { TcpControlBlock } from './tcp-control-block.ts';
import type { Progress } from './tcp-host.ts';
import { afterFinSent } from './tcp-state.ts';

/** Segments that one connection emits before it is another's turn. */
const burstSegments = 16;

/** Emits all that is due on `connection`, as far as the sink takes it. */
export function emitOutput(connection: TcpControlBlock, now: Instant): Progress {
  if (connection.state === 'SYN-SENT' || connection.state === 'SYN-RECEIVED') return emitSyn(connection, now) ? 'idle' : 'blocked';
  if (connection.state === 'TIME-WAIT') return emitAcks(connection) ? 'idle' : 'blocked';
  const sent = emitText(connection, now);
  if (sent !== 'idle') return sent;
  if (!emitProbe(connection)) return 'blocked';
  if (connection.send.hasUnsent && connection.send.flightBytes === 0) armPersist(connection, now);
  return emitAcks(connection) ? 'idle' : 'blocked';
}

/** RST with the number that the peer expects next, if nothing was lost; if something was, its answer gets another. */
export function emitReset(connection: TcpControlBlock): boolean {
  const { host, send } = connection;
  // With ACK: where the SYN-ACK wasn't sent yet, the peer believes no other RST.
  if (!emit(connection, send.max, 0, tcpFlag.rst | tcpFlag.ack)) return false;
  host.counters.tcpResetsOut++;
  return true;
}

/** Our SYN; with an ACK where the peer's has come. */
function emitSyn(connection: TcpControlBlock, now: Instant): boolean {
  if (!connection.synDue) return true;
  const { host, send, receive } = connection;
  const answers = connection.state === 'SYN-RECEIVED';
  const segment = host.outgoing;
  segment.seq = send.una;
  segment.ack = answers ? receive.nxt : 0;
  segment.flags = answers ? tcpFlag.syn | tcpFlag.ack : tcpFlag.syn;
  segment.window = receive.announce(false);
  segment.payloadBytes = 0;
  // An answer takes up what was offered; an offer is of all that there is.
  segment.options = {
    mss: localMss(connection.key.version, host.mtuBytes),
    windowShift: !answers || connection.scaling ? windowShiftFor(host.limits.receiveWindowBytes) : undefined,
    sackPermitted: !answers || connection.sackPermitted,
    sackEdges: [],
  };
  if (!host.writer.writeTcp(host.sink, connection.key, segment)) return false;
  host.counters.packetsOut++;
  if (send.max === send.una) startRoundTrip(connection, seqAdd(send.una, 1), now);
  else connection.rttSeq = undefined;
  send.sentUpTo(seqAdd(send.una, 1));
  connection.synDue = false;
  connection.acksOwed = 0;
  armRetransmission(connection, now);
  return true;
}

function emitText(connection: TcpControlBlock, now: Instant): Progress {
  if (!emitFirstAgain(connection, now)) return 'blocked';
  return isRecovering(connection) ? emitRecovery(connection, now) : emitUnsent(connection, now);
}

/** New data, or after a time-out old data again, as far as both windows allow. */
function emitUnsent(connection: TcpControlBlock, now: Instant): Progress {
  const { send } = connection;
  for (let count = 0; send.hasUnsent; count++) {
    if (send.nxt !== send.max) send.nxt = connection.scoreboard.nextHole(send.nxt);
    const usable = usableBytes(connection);
    const bytes = sendableBytes(connection, usable);
    const fin = send.finQueued && usable > bytes && seqAdd(send.nxt, bytes) === send.end;
    if (bytes === 0 && !fin) return 'idle';
    if (count === burstSegments) return 'again';
    if (!emitData(connection, now, send.nxt, bytes + (fin ? 1 : 0))) return 'blocked';
  }
  return 'idle';
}

/** What was lost, then new data, then what may be lost, for as long as less than the congestion window is on its way. @see {@link https://www.rfc-editor.org/rfc/rfc6675#section-5 | RFC 6675 §5, step C} */
function emitRecovery(connection: TcpControlBlock, now: Instant): Progress {
  const lost = emitHoles(connection, now, nextLost);
  const sent = lost === 'idle' ? emitUnsent(connection, now) : lost;
  const inDoubt = sent === 'idle' ? emitHoles(connection, now, nextInDoubt) : sent;
  return inDoubt === 'idle' ? emitRescue(connection, now) : inDoubt;
}

function emitHoles(connection: TcpControlBlock, now: Instant, next: (connection: TcpControlBlock) => number | undefined): Progress {
  for (let count = 0; connection.congestion.windowBytes - pipeBytes(connection) >= connection.mss; count++) {
    if (count === burstSegments) return 'again';
    const seq = next(connection);
    if (seq === undefined) break;
    if (!emitAgain(connection, now, seq)) return 'blocked';
  }
  return 'idle';
}

function emitRescue(connection: TcpControlBlock, now: Instant): Progress {
  const { scoreboard, congestion, mss } = connection;
  const seq = congestion.windowBytes - pipeBytes(connection) >= mss ? nextRescue(connection) : undefined;
  if (seq === undefined) return 'idle';
  const { highRxt } = scoreboard;
  if (!emitAgain(connection, now, seq)) return 'blocked';
  // It counts for no hole: what is before it, and not repaired yet, may still prove lost.
  scoreboard.highRxt = highRxt;
  scoreboard.mayRescue = false;
  return 'idle';
}

/** What the peer's window and the congestion window leave for SND.NXT. */
function usableBytes(connection: TcpControlBlock): number {
  const { send, congestion } = connection;
  return Math.min(send.wnd - send.flightBytes, congestion.windowBytes - pipeBytes(connection));
}

/** The payload of the next segment; 0 for none. */
function sendableBytes(connection: TcpControlBlock, usable: number): number {
  const { send, mss } = connection;
  const waiting = Math.min(seqDistance(send.nxt, send.end), connection.scoreboard.holeBytes(send.nxt));
  const bytes = Math.max(0, Math.min(waiting, usable, connection.frameLimit));
  // Silly window avoidance (RFC 9293 §3.8.6.2.1): a sliver waits, as long as something in flight will bring an ACK.
  const sliver = bytes < waiting && bytes < mss && bytes < send.maxWnd / 2;
  return sliver && send.flightBytes > 0 ? 0 : bytes;
}

/** The first segment in flight, which counts as lost. */
function emitFirstAgain(connection: TcpControlBlock, now: Instant): boolean {
  if (!connection.retransmitDue) return true;
  const { send } = connection;
  if (seqDistance(send.una, send.max) > 0 && !emitAgain(connection, now, send.una)) return false;
  connection.retransmitDue = false;
  return true;
}

/** One segment from `seq` on of what was sent before, up to what the peer has. */
function emitAgain(connection: TcpControlBlock, now: Instant, seq: number): boolean {
  const { send, scoreboard } = connection;
  const waiting = Math.min(seqDistance(seq, send.max), scoreboard.holeBytes(seq));
  const dataBytes = Math.max(0, Math.min(waiting, connection.mss, seqDistance(seq, send.end)));
  // The FIN is beyond the data, and takes no room.
  const count = waiting > dataBytes && seqAdd(seq, dataBytes) === send.end ? dataBytes + 1 : dataBytes;
  if (!emitData(connection, now, seq, count)) return false;
  scoreboard.sentAgainUpTo(seqAdd(seq, count));
  return true;
}

/** `count` numbers from `seq` on: data, and where they pass its end, the FIN. */
function emitData(connection: TcpControlBlock, now: Instant, seq: number, count: number): boolean {
  const { send, host } = connection;
  const end = seqAdd(seq, count);
  const bytes = Math.min(count, seqDistance(seq, send.end));
  const fin = count > bytes;
  const last = seqAdd(seq, bytes) === send.end;
  if (!emit(connection, seq, bytes, tcpFlag.ack | (last ? tcpFlag.psh : 0) | (fin ? tcpFlag.fin : 0))) return false;
  if (seqDistance(seq, send.max) > 0) {
    host.counters.segmentsRetransmitted++;
    connection.rttSeq = undefined;
  } else {
    startRoundTrip(connection, end, now);
    // Of what is sent again the peer may have all already, and then looks at no ACK in it.
    if (!connection.receive.hasKept) connection.acksOwed = 0;
  }
  if (seqDistance(send.nxt, end) > 0) send.sentUpTo(end);
  if (fin) connection.state = afterFinSent(connection.state);
  armRetransmission(connection, now);
  return true;
}

/** Of a closed window, or an idle peer: a number already acknowledged, which must be answered; as Linux does it. Needs no room in the window and changes no variable. */
function emitProbe(connection: TcpControlBlock): boolean {
  const { send, host, timer } = connection;
  if (connection.probeDue && (timer === 'persist' || timer === 'keep-alive')) {
    if (!emit(connection, seqAdd(send.una, -1), 0, tcpFlag.ack)) return false;
    if (timer === 'persist') host.counters.windowProbes++;
    else host.counters.keepAliveProbes++;
  }
  connection.probeDue = false;
  return true;
}

/** Pure ACKs. SND.NXT may be back at the start of what is to be sent again: the peer would take a number before its window for a duplicate. */
function emitAcks(connection: TcpControlBlock): boolean {
  const { send, receive } = connection;
  while (connection.acksOwed > 0) {
    if (!emit(connection, send.max, 0, tcpFlag.ack)) return false;
    connection.acksOwed = receive.hasKept ? connection.acksOwed - 1 : 0;
  }
  return true;
}

function emit(connection: TcpControlBlock, seq: number, bytes: number, flags: number): boolean {
  const { host } = connection;
  const segment = host.outgoing;
  segment.seq = seq;
  segment.ack = connection.receive.nxt;
  segment.flags = flags;
  segment.window = connection.receive.announce(true);
  // Only where nothing else is sent: a payload may need all the room of the MSS.
  const tellsKept = bytes === 0 && connection.sackPermitted && connection.receive.hasKept;
  segment.options = tellsKept ? { ...noTcpOptions, sackEdges: connection.receive.keptEdges(maxSackBlocks) } : noTcpOptions;
  segment.payload = connection.send;
  segment.payloadBytes = bytes;
  segment.peerMss = connection.mss;
  if (!host.writer.writeTcp(host.sink, connection.key, segment)) return false;
  host.counters.packetsOut++;
  return true;
}

function startRoundTrip(connection: TcpControlBlock, end: number, now: Instant): void {
  if (connection.rttSeq !== undefined) return;
  connection.rttSeq = end;
  connection.rttAt = now;
}
