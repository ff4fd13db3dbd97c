import type { Endpoint } from './address/endpoint.ts';
import type { IpAddress } from './address/ip-address.ts';
import { copyByView, type CopyBytes } from './buffer/copy-bytes.ts';
import { PacketPool } from './buffer/packet-pool.ts';
import { FlowKey } from './flow-key.ts';
import { FrameWriter } from './frame-writer.ts';
import { FragmentingSink } from './ip/fragmenting-sink.ts';
import { IpReassembler } from './ip/ip-reassembler.ts';
import { IcmpLayer } from './icmp-layer.ts';
import { instant, type Instant } from './instant.ts';
import { hasGoodChecksum, parsePacket } from './packet-parser.ts';
import { StackCounters } from './stack-counters.ts';
import type { FrameSink, StackEvents, TcpStream, TcpStreamHandler } from './stack-events.ts';
import { defaultStackLimits, type StackLimits } from './stack-limits.ts';
import { TcpLayer } from './tcp/tcp-layer.ts';
import { UdpFlowTable } from './udp/udp-flow-table.ts';
import { IcmpMessage, parseIcmp } from './wire/icmp-message.ts';
import { IpPacket, ipProtocol, type ParseFailure } from './wire/ip-packet.ts';
import { ipv4HeaderBytes } from './wire/ipv4-header.ts';
import { parseTcp, TcpSegment } from './wire/tcp-segment.ts';
import { parseUdp, UdpDatagram, udpHeaderBytes } from './wire/udp-datagram.ts';
import { parseVirtio, virtioGso, virtioHeaderBytes, VirtioNetHeader } from './wire/virtio-net-header.ts';

/** How a stack is made: the device it talks to, and what is not its own. */
export interface NetStackOptions {
  /** The device's MTU: 65520 with offload, 1500 without. */
  readonly mtuBytes: number;
  /** Frames begin with the 10-byte struct virtio_net_hdr, with GSO and checksum offload both ways. */
  readonly virtioHeader: boolean;
  /** Echo requests to these are answered. */
  readonly gatewayAddresses: readonly IpAddress[];
  /** A random integer from 0 to 2^32 - 1: initial sequence numbers. */
  readonly randomU32: () => number;
  /** How the host copies bytes; with what JavaScript has where not given. */
  readonly copyBytes?: CopyBytes;
  readonly sink: FrameSink;
  readonly events: StackEvents;
  /** Those of `defaultStackLimits` where not given. */
  readonly limits?: Partial<StackLimits>;
}

/**
 * The far side of a TUN: impersonates every address that the local programs talk to. Ends TCP and UDP, answers echo requests to the gateway.
 * Synchronous, without clock or I/O. The caller ingests a batch of frames, then polls; it polls too when `pollAt` passes, when `pollWanted` was said,
 * and, while `hasOutput`, when the sink has room again. Whatever the bytes, nothing throws; an exception is one that the user's own callback threw.
 */
export class NetStack {
  readonly counters = new StackCounters();
  readonly #options: NetStackOptions;
  readonly #writer: FrameWriter;
  readonly #replies: PacketPool;
  /** To the device or into `#replies`, cut where need be. */
  readonly #datagrams: FragmentingSink;
  readonly #reassembler: IpReassembler;
  readonly #tcp: TcpLayer;
  readonly #udp: UdpFlowTable;
  readonly #icmp: IcmpLayer;
  // The frame being looked at.
  readonly #virtio = new VirtioNetHeader();
  readonly #packet = new IpPacket();
  readonly #key = new FlowKey();
  readonly #segment = new TcpSegment();
  readonly #datagram = new UdpDatagram();
  readonly #message = new IcmpMessage();
  #now = instant(0);
  /** Within `ingest` or `poll`, which the caller follows by `poll`, or which will emit by itself. */
  #isBusy = false;
  #pollWanted = false;
  #isClosed = false;

  constructor(options: NetStackOptions) {
    const limits = { ...defaultStackLimits, ...options.limits };
    this.#options = options;
    this.#writer = new FrameWriter(options.virtioHeader);
    this.#replies = new PacketPool(limits.replyQueueBytes);
    const { sink, events, mtuBytes, randomU32, virtioHeader: offload } = options;
    const shared = { events, limits, counters: this.counters };
    this.#datagrams = new FragmentingSink({
      counters: this.counters,
      sink,
      pool: this.#replies,
      mtuBytes,
      prefixBytes: offload ? virtioHeaderBytes : 0,
      firstIdentification: randomU32(),
    });
    this.#reassembler = new IpReassembler(limits, this.counters);
    this.#tcp = new TcpLayer({
      ...shared,
      writer: this.#writer,
      sink,
      replies: this.#replies,
      mtuBytes,
      offload,
      randomU32,
      copyBytes: options.copyBytes ?? copyByView,
      wanted: () => this.#wanted(),
    });
    this.#udp = new UdpFlowTable({
      ...shared,
      now: () => this.#now,
      send: (key, payload) => this.#sendUdp(key, payload),
      unreachable: (key, reason, quoted) => this.#replied(this.#writer.writeUnreachable(this.#datagrams, key, reason, quoted)),
    });
    this.#icmp = new IcmpLayer({
      counters: this.counters,
      gatewayAddresses: options.gatewayAddresses,
      echo: (packet, bodyAt) => this.#replied(this.#writer.writeEchoReply(this.#datagrams, this.#key, packet, bodyAt)),
      udpFailed: (key) => this.#udp.failed(key),
      tcpFailed: (key, seq, failure) => this.#tcp.failed(key, seq, failure),
    });
  }

  /** Whether output waits for room in the sink: poll again when there is some. */
  get hasOutput(): boolean {
    return !this.#replies.isEmpty || this.#tcp.hasOutput;
  }

  /** Connections, pending opens and UDP flows, right now. */
  get flowCount(): number {
    return this.#tcp.flowCount + this.#udp.flowCount;
  }

  /**
   * Opens a connection to a local program, in the name of `source`: an address that isn't this machine's, of the same family, and a port.
   * `handler.connected` or `handler.closed` follows. @returns `undefined` where such a connection is there already, or too many are
   */
  connect(source: Endpoint, destination: Endpoint, handler: TcpStreamHandler): TcpStream | undefined {
    if (this.#isClosed || source.address.version !== destination.address.version) return undefined;
    return this.#tcp.connect(source, destination, handler);
  }

  /** Payload held in queues and reassembly, right now; see `StackLimits` for what bounds it. Counts all flows: for logs and tests. */
  get heldBytes(): number {
    return this.#tcp.heldBytes + this.#reassembler.heldBytes;
  }

  /**
   * One frame of the device, the first `lengthBytes` of `frame`, valid during the call. A `poll` must follow, after this frame or after a batch.
   */
  ingest(frame: Uint8Array, now: Instant, lengthBytes = frame.length): void {
    if (this.#isClosed) return;
    this.#now = now;
    this.counters.packetsIn++;
    this.#isBusy = true;
    try {
      const failure = this.#parse(frame, lengthBytes) ?? (this.#isWhole(now) ? this.#dispatch(now) : undefined);
      if (failure) this.counters.countDropped(failure);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Runs the timers that are due, and emits into the sink until nothing is left or it is full. */
  poll(now: Instant): void {
    if (this.#isClosed) return;
    this.#now = now;
    this.#pollWanted = false;
    this.#isBusy = true;
    try {
      this.#tcp.timers.runDue(now);
      this.#udp.timers.runDue(now);
      this.#reassembler.expire(now);
      this.#emit(now);
    } finally {
      this.#isBusy = false;
    }
  }

  /** When `poll` is due, at the latest; `undefined` for not until something else happens. Often earlier than needed, never later. */
  pollAt(): Instant | undefined {
    const at = Math.min(this.#tcp.timers.nextAt(), this.#udp.timers.nextAt(), this.#reassembler.nextAt());
    return at === Infinity ? undefined : instant(at);
  }

  /** Resets every connection, closes every flow, tells their users. As many RSTs as the sink takes go out. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isBusy = true;
    this.#udp.close();
    this.#replies.drainTo(this.#options.sink);
    this.#tcp.close(this.#now);
    this.#isClosed = true;
  }

  #emit(now: Instant): void {
    this.counters.packetsOut += this.#replies.drainTo(this.#options.sink);
    if (this.#replies.isEmpty) this.#tcp.emit(now);
  }

  #wanted(): void {
    if (this.#isBusy || this.#pollWanted || this.#isClosed) return;
    this.#pollWanted = true;
    this.#options.events.pollWanted();
  }

  #parse(frame: Uint8Array, lengthBytes: number): ParseFailure | undefined {
    const { virtioHeader } = this.#options;
    const failure = virtioHeader ? parseVirtio(frame, this.#virtio, lengthBytes) : undefined;
    return failure ?? parsePacket(frame, virtioHeader ? virtioHeaderBytes : 0, this.#packet, lengthBytes);
  }

  /** A fragment waits for the others; the last one becomes the datagram. */
  #isWhole(now: Instant): boolean {
    if (!this.#packet.fragment.isPart) return true;
    // What the device vouches for is the fragment.
    this.#virtio.clear();
    return this.#reassembler.takes(this.#packet, now);
  }

  #dispatch(now: Instant): ParseFailure | undefined {
    this.#key.setAddresses(this.#packet);
    const { protocol, version } = this.#packet;
    if (protocol === ipProtocol.tcp) return this.#ingestTcp(now);
    if (protocol === ipProtocol.udp) return this.#ingestUdp();
    return protocol === (version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6) ? this.#ingestIcmp() : 'protocol';
  }

  #ingestTcp(now: Instant): ParseFailure | undefined {
    const failure = parseTcp(this.#packet, this.#segment) ?? this.#verify();
    if (failure) return failure;
    this.#key.setPorts(this.#segment.sourcePort, this.#segment.destinationPort);
    this.#tcp.ingest(this.#packet, this.#segment, this.#key, now);
    return undefined;
  }

  #ingestUdp(): ParseFailure | undefined {
    const failure = parseUdp(this.#packet, this.#datagram);
    if (failure) return failure;
    const { payloadAt, payloadBytes, checksum } = this.#datagram;
    // Beyond the datagram's own length nothing is part of it, not even of its checksum.
    this.#packet.end = payloadAt + payloadBytes;
    if (checksum !== 0 && this.#verify()) return 'bad-checksum';
    this.#key.setPorts(this.#datagram.sourcePort, this.#datagram.destinationPort);
    const flow = this.#udp.find(this.#key, this.#packet);
    // With UDP offload one frame holds many datagrams of one size.
    const isCut = this.#options.virtioHeader && this.#virtio.gsoType === virtioGso.udpL4 && this.#virtio.gsoBytes > 0;
    const step = isCut ? this.#virtio.gsoBytes : Math.max(1, payloadBytes);
    const { bytes } = this.#packet;
    for (let at = 0; flow && (at === 0 || at < payloadBytes); at += step) {
      flow.deliver(bytes, payloadAt + at, payloadAt + Math.min(payloadBytes, at + step));
    }
    return undefined;
  }

  #ingestIcmp(): ParseFailure | undefined {
    const failure = parseIcmp(this.#packet, this.#message) ?? this.#verify();
    return failure ?? this.#icmp.ingest(this.#packet, this.#message);
  }

  #verify(): ParseFailure | undefined {
    if (this.#options.virtioHeader && this.#virtio.checksumTrusted) return undefined;
    return hasGoodChecksum(this.#packet, this.#key.addressSum) ? undefined : 'bad-checksum';
  }

  #sendUdp(key: FlowKey, payload: Uint8Array): boolean {
    const mostBytes = 0xffff - udpHeaderBytes - (key.version === 4 ? ipv4HeaderBytes : 0);
    if (this.#isClosed || payload.length > mostBytes) return false;
    const taken = this.#writer.writeUdp(this.#datagrams, key, payload);
    this.#wanted();
    return taken;
  }

  #replied(taken: boolean): void {
    if (!taken) this.counters.repliesDropped++;
    this.#wanted();
  }
}
