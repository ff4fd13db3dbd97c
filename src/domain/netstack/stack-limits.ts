/** Sizes and times of a stack. All are bounds on memory, or on how long it is held. */
export interface StackLimits {
  /** What a program may send before the stream's user has consumed it, per connection. */
  readonly receiveWindowBytes: number;
  /** What `TcpStream.write` takes before the program has acknowledged it, per connection. */
  readonly sendQueueBytes: number;
  /** Connections and pending opens together; beyond that SYNs are dropped, and the program sends them again. */
  readonly maxTcpFlows: number;
  /** Opens that wait for `accept` or `refuse`. */
  readonly maxPendingOpens: number;
  /** How long a closed connection still answers a repeated FIN. */
  readonly timeWaitMs: number;
  /** Closed connections that do so; beyond that the oldest is forgotten. */
  readonly maxTimeWaits: number;
  /** Unanswered retransmissions or window probes after which a connection is given up. */
  readonly maxRetransmissions: number;
  /** How long nothing may come from an idle peer before it is asked whether it is there; `Infinity`: it never is (RFC 9293 §3.8.4). */
  readonly keepAliveIdleMs: number;
  /** How long its answer is waited for, and how many times it is asked before the connection is given up. */
  readonly keepAliveIntervalMs: number;
  readonly keepAliveProbes: number;
  /** UDP flows; beyond that the one that is idle for longest is closed. */
  readonly maxUdpFlows: number;
  /** How long a UDP flow lives without a datagram. */
  readonly udpIdleMs: number;
  /** UDP datagrams, ICMP and RSTs that wait for the device: a multiple of 4, and 66 KiB at least so that the largest datagram fits. */
  readonly replyQueueBytes: number;
}

/** Deviation: TIME-WAIT is 1 s, not 2 MSL (4 min). Nothing between program and stack keeps a segment for longer than its queue takes to drain. */
export const defaultStackLimits: StackLimits = {
  receiveWindowBytes: 1024 * 1024,
  sendQueueBytes: 1024 * 1024,
  maxTcpFlows: 16_384,
  maxPendingOpens: 1024,
  timeWaitMs: 1000,
  maxTimeWaits: 1024,
  maxRetransmissions: 12,
  keepAliveIdleMs: Infinity,
  keepAliveIntervalMs: 75_000,
  keepAliveProbes: 9,
  maxUdpFlows: 4096,
  udpIdleMs: 60_000,
  replyQueueBytes: 1024 * 1024,
};
