import type { Endpoint } from './address/endpoint.ts';

/**
 * Where the stack puts frames: a batch buffer of the device. No frame is lost: where there is no slot the stack keeps the work and tries again at the next poll.
 */
export interface FrameSink {
  /** A slot of at least `sizeBytes`, valid until `commit` or the next `reserve`; `undefined` when the batch is full. */
  reserve(sizeBytes: number): Uint8Array | undefined;
  /** The slot's first `lengthBytes` are one frame: header of the device (if it has one), then the IP packet. */
  commit(lengthBytes: number): void;
}

/**
 * Why an open is refused, and what the program sees of it. `refused`: RST (ECONNREFUSED); for UDP, port unreachable.
 * `host-unreachable`, `net-unreachable`, `prohibited`: ICMP or ICMPv6 destination unreachable with that code, which Linux reports to a connecting program at once
 * (EHOSTUNREACH, ENETUNREACH; of `prohibited` EHOSTUNREACH over IPv4, EACCES over IPv6).
 * `timed-out`: no answer; the open is forgotten and the program's own time-out runs. A SYN that it repeats meanwhile opens anew.
 */
export type RefusalReason = 'refused' | 'host-unreachable' | 'net-unreachable' | 'prohibited' | 'timed-out';

/**
 * Why a stream ended; of one that ended both ways, nothing. `reset`: by the peer. `timed-out`: it doesn't acknowledge.
 * Of `NetStack.connect` alone, before the peer answered: `refused`, by RST or ICMP port unreachable; `unreachable`, by ICMP that says that nothing will get through.
 */
export type StreamFailure = 'refused' | 'unreachable' | 'reset' | 'timed-out';

/** What a TCP stream tells its user; never after `closed`. */
export interface TcpStreamHandler {
  /** Of `NetStack.connect`: the peer answered. */
  connected?(): void;
  /** In-order payload: `bytes[start]` to `bytes[end - 1]`, valid during the call only; it counts against the receive window until `consumed`. */
  data(bytes: Uint8Array, start: number, end: number): void;
  /** The peer half-closed. */
  ended(): void;
  /** Called once after `write` took less than all, when there is room again. */
  writable(): void;
  closed(failure?: StreamFailure): void;
}

/** One TCP connection with a local program: the program's, accepted by the stack, or the stack's. Its calls only note work: `poll` emits it. */
export interface TcpStream {
  /** The end that opened it. */
  readonly source: Endpoint;
  /** The other one. */
  readonly destination: Endpoint;
  /** Copies as much of `bytes`, from `from` (0 where not given) on, as there is room for. @returns the number of bytes taken */
  write(bytes: Uint8Array, from?: number): number;
  /** Opens the receive window by `byteCount` bytes of what `data` delivered. */
  consumed(byteCount: number): void;
  /** FIN after what was written. Idempotent. */
  end(): void;
  /** RST at once, whatever was written; of an open that wasn't answered yet, nothing. Idempotent; `closed` doesn't follow. */
  reset(): void;
}

/** A SYN that waits for its answer: neither SYN-ACK nor RST goes out before one of the two calls. */
export interface PendingTcp {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** SYN-ACK. @returns `undefined` where the program gave up meanwhile */
  accept(handler: TcpStreamHandler): TcpStream | undefined;
  refuse(reason: RefusalReason): void;
  /** Set by the user: before an answer the program gave up (RST), or too many opens wait and this one is the first to go. */
  onAbandoned: (() => void) | undefined;
}

/** One UDP 5-tuple that a local program sends on; lives until idle. */
export interface UdpFlow {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Set by the user: a datagram's payload is `bytes[start]` to `bytes[end - 1]`, valid during the call only. */
  onDatagram: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  /** Set by the user: idle for too long, its place was needed, the program's socket is closed, or the stack is. */
  onClosed: (() => void) | undefined;
  /** A datagram back to the program, copied. @returns false where it was too long or there is no room for it (UDP may drop) */
  send(payload: Uint8Array): boolean;
  /** ICMP port unreachable: the program sees ECONNREFUSED. Ends the flow. */
  refuse(reason: RefusalReason): void;
  close(): void;
}

/** What the stack asks of the session around it. */
export interface StackEvents {
  tcpOpened(pending: PendingTcp): void;
  /** Set `onDatagram` in this call: the first datagram follows at once. */
  udpOpened(flow: UdpFlow): void;
  /** There is work for `poll` that no packet or timer brings: call `poll` soon (once, however often this was said). */
  pollWanted(): void;
}
