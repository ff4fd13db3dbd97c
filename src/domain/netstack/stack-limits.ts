/**
 * Sizes and times of a stack. All are bounds on memory, or on how long it is held. What is held, at most:
 * a TCP connection: `sendQueueBytes` of what was written and isn't acknowledged (nothing before the first byte; then 4 KiB, doubled as need be, kept until it closes),
 * and `receiveWindowBytes` of what came out of order; what came in order is its user's. In TIME-WAIT, no payload.
 * A pending open, or a UDP flow: the first packet as far as an ICMP error quotes it (548 bytes, of IPv6 1232). Datagrams aren't held.
 * The stack: `replyQueueBytes`, `maxReassemblyBytes`, and 64 KiB once it has sent a datagram larger than the MTU.
 * Beside these each flow has objects, 2 to 4 KiB; `NetStack.heldBytes` counts payload. Nothing bounds the sum over all flows but their number: a queue fills only while its user, or the program, is slow.
 */
export interface StackLimits {
  /** What a program may send before the stream's user has consumed it, per connection. */
  readonly receiveWindowBytes: number;
  /** What `TcpStream.write` takes before the program has acknowledged it, per connection. */
  readonly sendQueueBytes: number;
  /** Connections and pending opens together; beyond that SYNs are dropped, and the program sends them again. */
  readonly maxTcpFlows: number;
  /** Opens that wait for `accept` or `refuse`, or for the program's ACK; beyond that the oldest of the destination with most is given up. */
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
  /** Datagrams whose fragments haven't all come; beyond that the oldest is forgotten. */
  readonly maxReassemblies: number;
  /** What their fragments may take together; 128 KiB at least, so that the largest datagram fits. Beyond that the oldest is forgotten. */
  readonly maxReassemblyBytes: number;
  /** How long after its first fragment a datagram may take to be whole. */
  readonly reassemblyTimeoutMs: number;
  /** UDP datagrams, ICMP and RSTs that wait for the device: a multiple of 4, and 132 KiB at least, so that the largest datagram fits, cut for whatever MTU. */
  readonly replyQueueBytes: number;
}

/**
 * Deviations, both since nothing between program and stack keeps a packet for longer than its queue takes to drain:
 * TIME-WAIT is 1 s, not 2 MSL (4 min); fragments are waited for 15 s, as RFC 791 has it, not 60 s (RFC 8200 §4.5).
 */
export const defaultStackLimits: StackLimits = {
  receiveWindowBytes: 1024 * 1024,
  sendQueueBytes: 640 * 1024,
  maxTcpFlows: 16_384,
  maxPendingOpens: 1024,
  timeWaitMs: 1000,
  maxTimeWaits: 1024,
  maxRetransmissions: 12,
  keepAliveIdleMs: Infinity,
  keepAliveIntervalMs: 75_000,
  keepAliveProbes: 9,
  maxUdpFlows: 10_240,
  udpIdleMs: 60_000,
  maxReassemblies: 64,
  maxReassemblyBytes: 1024 * 1024,
  reassemblyTimeoutMs: 15_000,
  replyQueueBytes: 1024 * 1024,
};
