import type { Endpoint } from '../address/endpoint.ts';
import type { FlowKey } from '../flow-key.ts';
import type { Instant } from '../instant.ts';
import type { TcpStreamHandler } from '../stack-events.ts';
import type { Timed } from '../timer-queue.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { CongestionControl } from './congestion-control.ts';
import { ReceiveQueue } from './receive-queue.ts';
import { RttEstimator } from './rtt-estimator.ts';
import { SendQueue } from './send-queue.ts';
import { seqAdd } from './sequence-number.ts';
import { effectiveMss, framePayloadLimit, localMss, windowShiftFor, type SynFacts } from './syn-facts.ts';
import type { Progress, TcpFlow, TcpHost } from './tcp-host.ts';
import type { TcpState } from './tcp-state.ts';

/** What a connection's one timer is for. */
export type TimerPurpose = 'off' | 'retransmit' | 'persist' | 'time-wait';

/**
 * The variables of one connection (the RFC's TCB), and the ways in which it ends. `TcpConnection` adds the user's calls to it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.3.1 | RFC 9293 §3.3.1}
 */
export abstract class TcpControlBlock implements TcpFlow, Timed {
  readonly host: TcpHost;
  readonly key: FlowKey;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly handler: TcpStreamHandler;
  readonly send: SendQueue;
  readonly receive: ReceiveQueue;
  readonly rtt = new RttEstimator();
  readonly congestion: CongestionControl;
  /** IRS: the sequence number of the program's SYN. */
  readonly irs: number;
  /** Largest payload that the program takes in one segment, and that we put into one frame. */
  readonly mss: number;
  readonly frameLimit: number;
  /** Shift of the program's windows, and whether ours are scaled too. */
  readonly peerShift: number;
  readonly scaling: boolean;
  /** Whether the program understands selective acknowledgements. */
  readonly sackPermitted: boolean;
  state: TcpState = 'SYN-RECEIVED';
  /** What `emitOutput` is to do besides sending data. */
  synDue = true;
  resetDue = false;
  retransmitDue = false;
  probeDue = false;
  /** Several only where each must be seen as a duplicate, for the program's fast retransmission. */
  acksOwed = 0;
  /** `write` took less than all, and `writable` is to follow. */
  writeBlocked = false;
  /** The number whose acknowledgement ends the round trip being timed, and when that began. */
  rttSeq: number | undefined;
  rttAt = 0;
  timer: TimerPurpose = 'off';
  /** Timer expiries since the program last answered. */
  attempts = 0;
  deadline = Infinity;
  heapIndex = -1;
  wakeAt = Infinity;
  isQueued = false;

  /** @param flow - whose place it takes */
  constructor(host: TcpHost, flow: { key: FlowKey; source: Endpoint; destination: Endpoint }, syn: SynFacts, handler: TcpStreamHandler) {
    const { version } = flow.key;
    this.host = host;
    this.key = flow.key;
    this.source = flow.source;
    this.destination = flow.destination;
    this.handler = handler;
    this.irs = syn.seq;
    this.mss = effectiveMss(version, host.mtuBytes, syn.options);
    this.frameLimit = framePayloadLimit(version, this.mss, host.offload);
    this.scaling = syn.options.windowShift !== undefined;
    this.sackPermitted = syn.options.sackPermitted;
    this.peerShift = syn.options.windowShift ?? 0;
    this.send = new SendQueue(host.randomU32() | 0, host.limits.sendQueueBytes);
    this.send.setWindow(syn.seq, this.send.una, syn.windowBytes);
    this.receive = new ReceiveQueue(seqAdd(syn.seq, 1), host.limits.receiveWindowBytes, this.ownShift, localMss(version, host.mtuBytes));
    this.congestion = new CongestionControl(this.mss, host.limits.sendQueueBytes);
  }

  /** Shift of the windows that we announce. */
  get ownShift(): number {
    return this.scaling ? windowShiftFor(this.host.limits.receiveWindowBytes) : 0;
  }

  abstract emit(now: Instant): Progress;
  abstract segmentArrives(bytes: Uint8Array, segment: TcpSegment, now: Instant): void;
  abstract onTimer(): void;

  /** An ACK is due, one for however many reasons. */
  oweAck(): void {
    if (this.acksOwed === 0) this.acksOwed = 1;
    this.host.wake(this);
  }

  /** Sets the one timer; `Infinity` for never. */
  setTimer(purpose: TimerPurpose, deadline: number): void {
    this.timer = purpose;
    this.deadline = deadline;
    this.host.timers.schedule(this);
  }

  /** RST at the next poll; the user isn't told. */
  abort(): void {
    if (this.state === 'CLOSED' || this.state === 'TIME-WAIT') return;
    this.#stop('CLOSED');
    this.resetDue = true;
    this.host.wake(this);
  }

  /** We give up: RST to the program, and the user is told. */
  fail(reason: 'timed-out' | 'reset'): void {
    this.abort();
    this.handler.closed(reason);
  }

  /** The connection is over without anything to send: the program reset it (`failure`), or acknowledged our FIN after its own. */
  finish(failure?: 'reset'): void {
    this.#stop('CLOSED');
    this.host.forget(this);
    this.handler.closed(failure);
  }

  /** Both directions ended, ours first: the last ACK may have to be repeated. */
  linger(now: Instant): void {
    this.#stop('TIME-WAIT');
    this.setTimer('time-wait', now + this.host.limits.timeWaitMs);
    this.host.linger(this);
    this.handler.closed();
  }

  /** TIME-WAIT is over, or its place is needed. */
  vanish(): void {
    this.#stop('CLOSED');
    this.host.forget(this);
  }

  #stop(state: 'CLOSED' | 'TIME-WAIT'): void {
    this.state = state;
    this.timer = 'off';
    this.deadline = Infinity;
    this.host.timers.remove(this);
    this.retransmitDue = this.probeDue = this.synDue = this.writeBlocked = false;
    this.send.release();
    this.receive.release();
  }
}
