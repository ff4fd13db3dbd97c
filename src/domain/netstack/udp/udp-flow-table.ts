import type { Endpoint } from '../address/endpoint.ts';
import type { FlowKey } from '../flow-key.ts';
import { FlowTable, type FlowEntry } from '../flow-table.ts';
import type { Instant } from '../instant.ts';
import type { StackCounters } from '../stack-counters.ts';
import type { RefusalReason, StackEvents, UdpFlow } from '../stack-events.ts';
import type { StackLimits } from '../stack-limits.ts';
import { TimerQueue, type Timed } from '../timer-queue.ts';
import { quotedBytesLimit, type UnreachableReason } from '../wire/icmp-message.ts';
import type { IpPacket } from '../wire/ip-packet.ts';

/** What a UDP flow asks of the stack around it. */
export interface UdpHost {
  readonly events: StackEvents;
  readonly limits: StackLimits;
  readonly counters: StackCounters;
  /** The time of the last ingest or poll. */
  readonly now: () => Instant;
  /** A datagram to the program. @returns false where it is too long, or there is no room */
  readonly send: (key: FlowKey, payload: Uint8Array) => boolean;
  readonly unreachable: (key: FlowKey, reason: UnreachableReason, quoted: Uint8Array) => void;
}

/** UDP flows by 5-tuple; each lives until it is idle for `udpIdleMs`, or its place is needed. */
export class UdpFlowTable {
  readonly timers = new TimerQueue<TrackedUdpFlow>();
  readonly #host: UdpHost;
  readonly #flows = new FlowTable<TrackedUdpFlow>();

  constructor(host: UdpHost) {
    this.#host = host;
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  /** The flow of `key`, opened if need be. `packet` is its first then, and what an ICMP error quotes. @returns `undefined` where the user closed it at once */
  find(key: FlowKey, packet: IpPacket): TrackedUdpFlow | undefined {
    const known = this.#flows.find(key);
    if (known) return known;
    if (this.#flows.size >= this.#host.limits.maxUdpFlows) this.#evict();
    const quotedEnd = Math.min(packet.end, packet.start + quotedBytesLimit(packet.version));
    const quoted = new Uint8Array(packet.bytes.subarray(packet.start, quotedEnd));
    const flow = new TrackedUdpFlow(this.#host, key.clone(), quoted, (ended) => this.#forget(ended));
    this.#flows.add(flow);
    flow.touch();
    this.timers.schedule(flow);
    this.#host.counters.udpOpened++;
    this.#host.events.udpOpened(flow);
    return flow.isOpen ? flow : undefined;
  }

  /** The program's kernel can't deliver what the flow of `key` sent: its socket is closed. @returns whether there is such a flow */
  failed(key: FlowKey): boolean {
    const flow = this.#flows.find(key);
    flow?.end();
    return flow !== undefined;
  }

  close(): void {
    for (const flow of this.#flows.entries()) flow.end();
  }

  #forget(flow: TrackedUdpFlow): void {
    this.#flows.remove(flow);
    this.timers.remove(flow);
  }

  /** Closes the flow that is idle for longest, or nearly so: the timers know since when within their own laziness. */
  #evict(): void {
    for (let flow = this.timers.first; flow; flow = this.timers.first) {
      this.timers.remove(flow);
      if (flow.deadline <= flow.wakeAt) {
        this.#host.counters.udpEvicted++;
        flow.end();
        return;
      }
      this.timers.schedule(flow);
    }
  }
}

/** One flow of a `UdpFlowTable`. */
export class TrackedUdpFlow implements UdpFlow, FlowEntry, Timed {
  readonly key: FlowKey;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  onDatagram: UdpFlow['onDatagram'];
  onClosed: (() => void) | undefined;
  isOpen = true;
  deadline = Infinity;
  heapIndex = -1;
  wakeAt = Infinity;
  readonly #host: UdpHost;
  readonly #quoted: Uint8Array;
  readonly #forget: (flow: TrackedUdpFlow) => void;

  constructor(host: UdpHost, key: FlowKey, quoted: Uint8Array, forget: (flow: TrackedUdpFlow) => void) {
    this.#host = host;
    this.key = key;
    this.#quoted = quoted;
    this.#forget = forget;
    this.source = key.sourceEndpoint();
    this.destination = key.destinationEndpoint();
  }

  /** A datagram passed: the flow is not idle. */
  touch(): void {
    this.deadline = this.#host.now() + this.#host.limits.udpIdleMs;
  }

  /** A datagram of the program: as `onDatagram`. */
  deliver(bytes: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return;
    this.touch();
    this.onDatagram?.(bytes, start, end);
  }

  send(payload: Uint8Array): boolean {
    if (!this.isOpen) return false;
    this.touch();
    const taken = this.#host.send(this.key, payload);
    if (!taken) this.#host.counters.udpDatagramsDropped++;
    return taken;
  }

  refuse(reason: RefusalReason): void {
    if (!this.isOpen) return;
    if (reason !== 'timed-out') this.#host.unreachable(this.key, reason === 'refused' ? 'port-unreachable' : reason, this.#quoted);
    this.close();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#forget(this);
  }

  /** Idle for too long. */
  onTimer(): void {
    this.end();
  }

  /** It is over, and not by its user, who is told. */
  end(): void {
    if (!this.isOpen) return;
    this.close();
    this.onClosed?.();
  }
}
