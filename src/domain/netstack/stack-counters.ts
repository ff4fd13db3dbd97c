import { malformedReasons, unsupportedReasons, type MalformedReason, type ParseFailure, type UnsupportedReason } from './wire/ip-packet.ts';

/** Plain numbers since the stack was made, for logs and tests. */
export class StackCounters {
  packetsIn = 0;
  packetsOut = 0;
  /** Packets that are none, and were dropped. */
  readonly malformed: Record<MalformedReason, number> = zeros(malformedReasons);
  /** Packets that are well-formed, and were dropped. */
  readonly unsupported: Record<UnsupportedReason, number> = zeros(unsupportedReasons);
  fragmentsIn = 0;
  datagramsReassembled = 0;
  /** Datagrams whose fragments overlapped or contradicted each other. */
  reassemblyConflicts = 0;
  reassemblyTimeouts = 0;
  /** Datagrams forgotten before their time, to make place for new ones. */
  reassemblyEvicted = 0;
  /** Datagrams that were cut because they are larger than the MTU. */
  datagramsFragmented = 0;
  /** Hard errors about what a flow of ours sent. */
  icmpErrorsIn = 0;
  /** Opens by programs, and by us. */
  tcpOpened = 0;
  tcpConnects = 0;
  /** SYNs dropped because of a limit: the program sends them again. */
  tcpOpensDropped = 0;
  /** Opens given up to make place for new ones. */
  tcpOpensEvicted = 0;
  tcpResetsIn = 0;
  tcpResetsOut = 0;
  tcpTimedOut = 0;
  segmentsRetransmitted = 0;
  segmentsOutOfOrder = 0;
  windowProbes = 0;
  keepAliveProbes = 0;
  /** ACKs that answer a suspicious RST, SYN or ACK (RFC 5961). */
  challengeAcks = 0;
  udpOpened = 0;
  /** Flows closed before they were idle for long, to make place for new ones. */
  udpEvicted = 0;
  udpDatagramsDropped = 0;
  /** Echo replies, RSTs and ICMP errors for which there was no room. */
  repliesDropped = 0;

  countDropped(reason: ParseFailure): void {
    if (reason in this.malformed) this.malformed[reason as MalformedReason]++;
    else this.unsupported[reason as UnsupportedReason]++;
  }
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
