import type { Endpoint } from '../address/endpoint.ts';
import type { FlowKey } from '../flow-key.ts';
import { noTcpOptions } from '../frame-writer.ts';
import type { PendingTcp, RefusalReason, TcpStream, TcpStreamHandler } from '../stack-events.ts';
import { tcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { seqAdd, seqDistance } from './sequence-number.ts';
import type { SynFacts } from './syn-facts.ts';
import { TcpConnection } from './tcp-connection.ts';
import type { Progress, TcpFlow, TcpHost } from './tcp-host.ts';

/** A SYN that waits for its answer: what of LISTEN has a state. Repeated SYNs are silent meanwhile. */
export class PendingOpen implements PendingTcp, TcpFlow {
  readonly key: FlowKey;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  onAbandoned: (() => void) | undefined;
  isQueued = false;
  readonly #host: TcpHost;
  readonly #syn: SynFacts;
  /** The SYN's packet, which an ICMP error quotes. */
  readonly #packet: Uint8Array;
  #answer: RefusalReason | 'accepted' | 'abandoned' | undefined;

  constructor(host: TcpHost, key: FlowKey, syn: SynFacts, packet: Uint8Array) {
    this.#host = host;
    this.key = key;
    this.#syn = syn;
    this.#packet = packet;
    this.source = key.sourceEndpoint();
    this.destination = key.destinationEndpoint();
  }

  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  accept(handler: TcpStreamHandler): TcpStream | undefined {
    if (this.#answer !== undefined) return undefined;
    this.#answer = 'accepted';
    const connection = new TcpConnection(this.#host, this, handler, this.#syn);
    this.#host.replace(this, connection);
    this.#host.wake(connection);
    return connection;
  }

  refuse(reason: RefusalReason): void {
    if (this.#answer !== undefined) return;
    this.#answer = reason;
    if (reason === 'timed-out') this.#host.forget(this);
    else this.#host.wake(this);
  }

  /** The program gave up, or the stack closes. */
  abandon(): void {
    if (this.#answer !== undefined) return;
    this.#answer = 'abandoned';
    this.#host.forget(this);
    this.onAbandoned?.();
  }

  emit(): Progress {
    const reason = this.#answer;
    if (reason === undefined || reason === 'accepted' || reason === 'abandoned' || reason === 'timed-out') return 'idle';
    const { writer, sink } = this.#host;
    const done = reason === 'refused' ? this.#emitReset() : writer.writeUnreachable(sink, this.key, reason, this.#packet);
    if (!done) return 'blocked';
    this.#host.counters.packetsOut++;
    this.#host.forget(this);
    return 'idle';
  }

  segmentArrives(_bytes: Uint8Array, segment: TcpSegment): void {
    const offset = seqDistance(this.#syn.seq, segment.seq);
    if (segment.has(tcpFlag.rst)) {
      if (offset === 0 || offset === 1) this.abandon();
    } else if (segment.has(tcpFlag.ack)) {
      this.#host.replyReset(segment);
    }
  }

  /** Whether `segment` is a SYN of another connection of the same ports: the program gave the old one up in silence. */
  isSucceededBy(segment: TcpSegment): boolean {
    return segment.seq !== this.#syn.seq;
  }

  /** RST with ACK of the SYN. @see RFC 9293 §3.10.7.1 */
  #emitReset(): boolean {
    const { outgoing, writer, sink, counters } = this.#host;
    outgoing.seq = 0;
    outgoing.ack = seqAdd(this.#syn.seq, 1);
    outgoing.flags = tcpFlag.rst | tcpFlag.ack;
    outgoing.window = outgoing.payloadBytes = 0;
    outgoing.options = noTcpOptions;
    if (!writer.writeTcp(sink, this.key, outgoing)) return false;
    counters.tcpResetsOut++;
    return true;
  }
}
