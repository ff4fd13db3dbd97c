import type { Endpoint } from '../address/endpoint.ts';
import type { FlowKey } from '../flow-key.ts';
import type { Instant } from '../instant.ts';
import type { StreamFailure, TcpStreamHandler } from '../stack-events.ts';
import type { Timed } from '../timer-queue.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { CongestionControl } from './congestion-control.ts';
import { ReceiveQueue } from './receive-queue.ts';
import { RttEstimator } from './rtt-estimator.ts';
import { SackScoreboard } from './sack-scoreboard.ts';
import { SendQueue } from './send-queue.ts';
import { seqAdd } from './sequence-number.ts';
import { effectiveMss, framePayloadLimit, localMss, unknownSyn, windowShiftFor, type SynFacts } from './syn-facts.ts';
import type { Progress, TcpFlow, TcpHost } from './tcp-host.ts';
import type { TcpState } from './tcp-state.ts';

/** What a connection's one timer is for. */
export type TimerPurpose = 'off' | 'retransmit' | 'persist' | 'keep-alive' | 'time-wait';

/** Whose connection it is; see `TcpStream` for who is who. */
export interface FlowEnds {
  readonly key: FlowKey;
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

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
  readonly rtt = new RttEstimator();
  readonly scoreboard = new SackScoreboard();
  /** We opened it. */
  readonly isActive: boolean;
  state: TcpState;
  // What follows from the peer's SYN: `takeSyn` alone writes it.
  receive!: ReceiveQueue;
  congestion!: CongestionControl;
  /** IRS: the sequence number of the peer's SYN. */
  irs!: number;
  /** Largest payload that the peer takes in one segment, and that we put into one frame. */
  mss!: number;
  frameLimit!: number;
  /** Shift of the peer's windows, and whether ours are scaled too. */
  peerShift!: number;
  scaling!: boolean;
  /** Whether the peer understands selective acknowledgements. */
  sackPermitted!: boolean;
  /** What `emitOutput` is to do besides sending data. */
  synDue = true;
  resetDue = false;
  retransmitDue = false;
  probeDue = false;
  /** Several only where each must be seen as a duplicate, for the peer's fast retransmission. */
  acksOwed = 0;
  /** `write` took less than all, and `writable` is to follow. */
  writeBlocked = false;
  /** The number whose acknowledgement ends the round trip being timed, and when that began. */
  rttSeq: number | undefined;
  rttAt = 0;
  timer: TimerPurpose = 'off';
  /** Timer expiries since the peer last answered. */
  attempts = 0;
  deadline = Infinity;
  heapIndex = -1;
  wakeAt = Infinity;
  isQueued = false;

  /** @param syn - the peer's, where it opened the connection; else we do */
  constructor(host: TcpHost, flow: FlowEnds, handler: TcpStreamHandler, syn?: SynFacts) {
    this.host = host;
    this.key = flow.key;
    this.source = flow.source;
    this.destination = flow.destination;
    this.handler = handler;
    this.isActive = syn === undefined;
    this.state = this.isActive ? 'SYN-SENT' : 'SYN-RECEIVED';
    this.send = new SendQueue(host.randomU32() | 0, host.limits.sendQueueBytes, host.copyBytes);
    this.takeSyn(syn ?? unknownSyn);
  }

  get isOpen(): boolean {
    return this.state !== 'CLOSED';
  }

  /** Takes sequence numbers, options and window from the peer's SYN. */
  takeSyn(syn: SynFacts): void {
    const { host, send } = this;
    const { version } = this.key;
    this.irs = syn.seq;
    this.mss = effectiveMss(version, host.mtuBytes, syn.options);
    this.frameLimit = framePayloadLimit(version, this.mss, host.offload);
    this.scaling = syn.options.windowShift !== undefined;
    this.sackPermitted = syn.options.sackPermitted;
    this.peerShift = syn.options.windowShift ?? 0;
    send.setWindow(syn.seq, send.una, syn.windowBytes);
    const shift = this.scaling ? windowShiftFor(host.limits.receiveWindowBytes) : 0;
    this.receive = new ReceiveQueue(seqAdd(syn.seq, 1), host.limits.receiveWindowBytes, shift, localMss(version, host.mtuBytes));
    // What our own SYN announced, if we sent one, holds.
    this.receive.announce(false);
    this.congestion = new CongestionControl(this.mss, host.limits.sendQueueBytes, this.sackPermitted);
  }

  abstract emit(now: Instant): Progress;
  abstract segmentArrives(bytes: Uint8Array, segment: TcpSegment, now: Instant): void;
  abstract onTimer(now: Instant): void;

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

  /** RST at the next poll, where the peer knows of the connection; the user isn't told. */
  abort(): void {
    const { state } = this;
    if (state === 'CLOSED' || state === 'TIME-WAIT') return;
    if (state === 'SYN-SENT') {
      this.vanish();
      return;
    }
    this.#stop('CLOSED');
    this.resetDue = true;
    this.host.wake(this);
  }

  /** We give up: RST to the peer, and the user is told. */
  fail(reason: 'timed-out' | 'reset'): void {
    this.abort();
    this.handler.closed(reason);
  }

  /** The connection is over without anything to send: the peer reset it or can't be reached (`failure`), or acknowledged our FIN after its own. */
  finish(failure?: Exclude<StreamFailure, 'timed-out'>): void {
    this.vanish();
    this.handler.closed(failure);
  }

  /** Both directions ended, ours first: the last ACK may have to be repeated. */
  linger(now: Instant): void {
    this.#stop('TIME-WAIT');
    this.setTimer('time-wait', now + this.host.limits.timeWaitMs);
    this.host.linger(this);
    this.handler.closed();
  }

  /** Over, with nobody to be told: TIME-WAIT passed, or its place is needed; an open that nobody answered yet is given up. */
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
    this.scoreboard.clear();
    this.receive.release();
  }
}
