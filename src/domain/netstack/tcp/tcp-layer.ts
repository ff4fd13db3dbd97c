import type { Endpoint } from '../address/endpoint.ts';
import type { CopyBytes } from '../buffer/copy-bytes.ts';
import { FlowKey } from '../flow-key.ts';
import { FlowTable } from '../flow-table.ts';
import { noTcpOptions, OutgoingSegment, type FrameWriter } from '../frame-writer.ts';
import type { Instant } from '../instant.ts';
import type { StackCounters } from '../stack-counters.ts';
import type { FrameSink, StackEvents, TcpStream, TcpStreamHandler } from '../stack-events.ts';
import type { StackLimits } from '../stack-limits.ts';
import { TimerQueue } from '../timer-queue.ts';
import { quotedBytesLimit } from '../wire/icmp-message.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { WorkQueue } from '../work-queue.ts';
import { OpeningFlows } from './opening-flows.ts';
import { PendingOpen } from './pending-open.ts';
import { seqAdd } from './sequence-number.ts';
import { readSyn } from './syn-facts.ts';
import { TcpConnection } from './tcp-connection.ts';
import type { TcpFlow, TcpHost } from './tcp-host.ts';

/** What the layer is made of. */
export interface TcpLayerParts {
  readonly writer: FrameWriter;
  readonly sink: FrameSink;
  /** Where RSTs of no connection wait for the device. */
  readonly replies: FrameSink;
  readonly counters: StackCounters;
  readonly limits: StackLimits;
  readonly mtuBytes: number;
  readonly offload: boolean;
  readonly randomU32: () => number;
  readonly copyBytes: CopyBytes;
  readonly events: StackEvents;
  /** There is output for the next poll. */
  readonly wanted: () => void;
}

/** All connections: finds a segment's flow, opens new ones, answers those that belong to none. */
export class TcpLayer implements TcpHost {
  readonly writer: FrameWriter;
  readonly sink: FrameSink;
  readonly outgoing = new OutgoingSegment();
  readonly counters: StackCounters;
  readonly timers = new TimerQueue();
  readonly limits: StackLimits;
  readonly mtuBytes: number;
  readonly offload: boolean;
  readonly randomU32: () => number;
  readonly copyBytes: CopyBytes;
  readonly #parts: TcpLayerParts;
  readonly #flows = new FlowTable<TcpFlow>();
  readonly #work = new WorkQueue<TcpFlow>();
  /** In TIME-WAIT, oldest first. */
  readonly #lingering = new Set<TcpFlow>();
  readonly #openings = new OpeningFlows<TcpFlow>();
  /** Of the segment being looked at. */
  #key = new FlowKey();

  constructor(parts: TcpLayerParts) {
    this.#parts = parts;
    this.writer = parts.writer;
    this.sink = parts.sink;
    this.counters = parts.counters;
    this.limits = parts.limits;
    this.mtuBytes = parts.mtuBytes;
    this.offload = parts.offload;
    this.randomU32 = parts.randomU32;
    this.copyBytes = parts.copyBytes;
  }

  get hasOutput(): boolean {
    return !this.#work.isEmpty;
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  /** SYN to a program. @returns `undefined` where there already is such a flow, or too many */
  connect(source: Endpoint, destination: Endpoint, handler: TcpStreamHandler): TcpStream | undefined {
    const key = FlowKey.between(destination, source);
    if (this.#flows.size >= this.limits.maxTcpFlows || this.#flows.find(key)) return undefined;
    const connection = new TcpConnection(this, { key, source, destination }, handler);
    this.#flows.add(connection);
    this.counters.tcpConnects++;
    this.wake(connection);
    return connection;
  }

  /** Payload that the queues of all connections hold. */
  get heldBytes(): number {
    let count = 0;
    for (const flow of this.#flows.entries()) {
      if (flow instanceof TcpConnection) count += flow.send.heldBytes + flow.receive.heldBytes;
    }
    return count;
  }

  /** One verified segment; `key` is its flow's, and valid during the call only. */
  ingest(packet: IpPacket, segment: TcpSegment, key: FlowKey, now: Instant): void {
    this.#key = key;
    const flow = this.#flows.find(key);
    const opens = (segment.flags & (tcpFlag.syn | tcpFlag.ack | tcpFlag.rst | tcpFlag.fin)) === tcpFlag.syn;
    if (flow && !(opens && this.#makesWay(flow, segment))) this.#arrives(flow, packet, segment, now);
    else if (opens) this.#open(packet, segment);
    else if (!segment.has(tcpFlag.rst)) this.replyReset(segment);
  }

  /**
   * The program's kernel can't deliver a segment of the flow of `key`: ends an open that isn't through. An established connection sends again, and times out by itself:
   * whoever can make such errors could else cut any connection. @param seq - the segment's number. @param failure - what an open of ours ends with; one of the program's is reset
   * @returns whether there is such a flow
   * @see {@link https://www.rfc-editor.org/rfc/rfc5927#section-5.2 | RFC 5927 §5.2}, {@link https://www.rfc-editor.org/rfc/rfc1122#section-4.2.3.9 | RFC 1122 §4.2.3.9}
   */
  failed(key: FlowKey, seq: number, failure: 'refused' | 'unreachable'): boolean {
    const flow = this.#flows.find(key);
    if (!flow) return false;
    if (flow instanceof TcpConnection && isOpening(flow) && flow.send.una === seq) flow.finish(flow.isActive ? failure : 'reset');
    return true;
  }

  /** Lets every flow with output emit, in turns, until none has any or the sink is full. */
  emit(now: Instant): void {
    for (let flow = this.#work.peek(); flow; flow = this.#work.peek()) {
      this.#work.shift();
      const progress = flow.emit(now);
      if (progress !== 'idle') this.#work.push(flow);
      if (progress === 'blocked') return;
    }
  }

  /** RST to all. Users are told, and what the sink doesn't take is forgotten. */
  close(now: Instant): void {
    for (const flow of this.#flows.entries()) {
      if (flow instanceof PendingOpen) {
        if (flow.isAnswered) continue;
        flow.refuse('refused');
        flow.onAbandoned?.();
      } else if (flow instanceof TcpConnection) {
        if (flow.state === 'TIME-WAIT') flow.vanish();
        else if (flow.state !== 'CLOSED') flow.fail('reset');
      }
    }
    this.emit(now);
  }

  wake(flow: TcpFlow): void {
    this.#work.push(flow);
    this.#parts.wanted();
  }

  forget(flow: TcpFlow): void {
    this.#flows.remove(flow);
    this.#openings.remove(flow);
    this.#lingering.delete(flow);
  }

  replace(flow: TcpFlow, successor: TcpFlow): void {
    this.forget(flow);
    this.#flows.add(successor);
    this.#openings.add(successor);
  }

  linger(flow: TcpFlow): void {
    this.#lingering.add(flow);
    if (this.#lingering.size <= this.limits.maxTimeWaits) return;
    const [oldest] = this.#lingering;
    if (oldest instanceof TcpConnection) oldest.vanish();
  }

  /** @see {@link https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.1 | RFC 9293 §3.10.7.1} */
  replyReset(segment: TcpSegment): void {
    const reply = this.outgoing;
    const hasAck = segment.has(tcpFlag.ack);
    reply.seq = hasAck ? segment.ack : 0;
    reply.ack = hasAck ? 0 : seqAdd(segment.seq, segment.length);
    reply.flags = hasAck ? tcpFlag.rst : tcpFlag.rst | tcpFlag.ack;
    reply.window = reply.payloadBytes = 0;
    reply.options = noTcpOptions;
    if (this.writer.writeTcp(this.#parts.replies, this.#key, reply)) this.counters.tcpResetsOut++;
    else this.counters.repliesDropped++;
    this.#parts.wanted();
  }

  /** Whether a SYN ends `flow`: it is in TIME-WAIT, or pends, and the SYN isn't its own once more. */
  #makesWay(flow: TcpFlow, segment: TcpSegment): boolean {
    if (flow instanceof PendingOpen) {
      if (!flow.isSucceededBy(segment) || flow.isAnswered) return false;
      flow.abandon();
      return true;
    }
    // RFC 9293 §3.6.1 asks for a number above the old ones; here no old segment can come late, so any other will do.
    if (!(flow instanceof TcpConnection) || flow.state !== 'TIME-WAIT' || segment.seq === flow.irs) return false;
    flow.vanish();
    return true;
  }

  #arrives(flow: TcpFlow, packet: IpPacket, segment: TcpSegment, now: Instant): void {
    const wasOpening = this.#openings.size > 0 && isOpening(flow);
    flow.segmentArrives(packet.bytes, segment, now);
    if (wasOpening && !isOpening(flow)) this.#openings.remove(flow);
  }

  #open(packet: IpPacket, segment: TcpSegment): void {
    if (this.#flows.size >= this.limits.maxTcpFlows || !this.#hasRoomForOpen()) {
      this.counters.tcpOpensDropped++;
      return;
    }
    const quotedEnd = Math.min(packet.end, packet.start + quotedBytesLimit(packet.version));
    const quoted = new Uint8Array(packet.bytes.subarray(packet.start, quotedEnd));
    const pending = new PendingOpen(this, this.#key.clone(), readSyn(packet.bytes, segment), quoted);
    this.#flows.add(pending);
    this.#openings.add(pending);
    this.counters.tcpOpened++;
    this.#parts.events.tcpOpened(pending);
  }

  /** Gives one open up where there are too many. @returns false where that one's refusal only waits for the device: then so does all else */
  #hasRoomForOpen(): boolean {
    if (this.#openings.size < this.limits.maxPendingOpens) return true;
    const flow = this.#openings.first();
    if (flow instanceof PendingOpen && flow.isAnswered) return false;
    if (flow && !isOpening(flow)) {
      // Over, and its user knows: only its RST waits for the device.
      this.#openings.remove(flow);
      return true;
    }
    this.counters.tcpOpensEvicted++;
    if (flow instanceof PendingOpen) {
      flow.abandon();
    } else if (flow instanceof TcpConnection) {
      this.#openings.remove(flow);
      flow.fail('reset');
    }
    return true;
  }
}

/** Whether the handshake of `flow` isn't through. */
function isOpening(flow: TcpFlow): boolean {
  return flow instanceof PendingOpen || (flow instanceof TcpConnection && (flow.state === 'SYN-RECEIVED' || flow.state === 'SYN-SENT'));
}
