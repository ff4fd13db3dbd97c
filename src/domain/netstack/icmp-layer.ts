import type { IpAddress } from './address/ip-address.ts';
import { FlowKey } from './flow-key.ts';
import type { StackCounters } from './stack-counters.ts';
import { icmpHeaderBytes, icmpType, isHardError, openFailure, type IcmpMessage } from './wire/icmp-message.ts';
import { IpPacket, ipProtocol, type ParseFailure } from './wire/ip-packet.ts';
import { parseIpv4Quote } from './wire/ipv4-header.ts';
import { parseIpv6Quote } from './wire/ipv6-header.ts';
import { readU16, readU32, readU8 } from './wire/octets.ts';

/** What the layer asks of the stack around it. */
export interface IcmpHost {
  readonly counters: StackCounters;
  readonly gatewayAddresses: readonly IpAddress[];
  /** Answers the echo request in `packet`. */
  readonly echo: (packet: IpPacket, bodyAt: number) => void;
  /** The program's kernel can't deliver what the flow of `key` sent. @returns whether there is such a flow */
  readonly udpFailed: (key: FlowKey) => boolean;
  /** The same of a connection. @param seq - of the segment that it was about */
  readonly tcpFailed: (key: FlowKey, seq: number, failure: 'refused' | 'unreachable') => boolean;
}

/** Transport header that an error must quote: ports, and of a segment its number. */
const leastQuoted = 8;

/**
 * ICMP and ICMPv6 of local programs and their kernel: echo requests to the gateway, and errors about what the stack sent.
 * An error counts only where what it quotes is of a flow, and came to the kernel from the address that the error is sent to (RFC 5927 §4).
 */
export class IcmpLayer {
  readonly #host: IcmpHost;
  // The packet that an error quotes, which is one of ours, and its flow.
  readonly #quoted = new IpPacket();
  readonly #key = new FlowKey();

  constructor(host: IcmpHost) {
    this.#host = host;
  }

  /** One verified message. @returns why it is left unanswered, or `undefined` */
  ingest(packet: IpPacket, message: IcmpMessage): ParseFailure | undefined {
    const { echoRequest, unreachable } = icmpType[packet.version];
    if (message.type === unreachable) return this.#errorArrives(packet, message);
    if (message.type !== echoRequest || !this.#isForGateway(packet)) return 'icmp-type';
    this.#host.echo(packet, message.bodyAt);
    return undefined;
  }

  /**
   * Soft errors may pass, and what was lost is sent again: they change nothing (RFC 9293 §3.9.2.2, MUST-56). Hard ones end a UDP flow, and an open that isn't through;
   * `tcpFailed` leaves established connections alone.
   */
  #errorArrives(packet: IpPacket, message: IcmpMessage): ParseFailure | undefined {
    const failure = this.#parseQuote(packet);
    if (failure) return failure;
    const { protocol, bytes, payloadAt } = this.#quoted;
    if (!isHardError(packet.version, message.code)) return undefined;
    if (protocol !== ipProtocol.udp && protocol !== ipProtocol.tcp) return 'icmp-quote';
    const isKnown =
      protocol === ipProtocol.udp
        ? this.#host.udpFailed(this.#key)
        : this.#host.tcpFailed(this.#key, readU32(bytes, payloadAt + 4), openFailure(packet.version, message.code));
    if (!isKnown) return 'icmp-quote';
    this.#host.counters.icmpErrorsIn++;
    return undefined;
  }

  #parseQuote(packet: IpPacket): ParseFailure | undefined {
    const quoted = this.#quoted;
    const { bytes, version, end } = packet;
    const start = packet.payloadAt + icmpHeaderBytes;
    if (start >= end) return 'truncated';
    if (readU8(bytes, start) >> 4 !== version) return 'bad-version';
    const failure = version === 4 ? parseIpv4Quote(bytes, start, end, quoted) : parseIpv6Quote(bytes, start, end, quoted);
    if (failure) return failure;
    // Of a later fragment the ports aren't known; the first one brings an error of its own.
    if (quoted.fragment.offsetBytes > 0 || !isSentTo(packet, quoted)) return 'icmp-quote';
    if (quoted.payloadBytes < leastQuoted) return 'truncated';
    this.#key.setAddresses(quoted);
    this.#key.setPorts(readU16(bytes, quoted.payloadAt), readU16(bytes, quoted.payloadAt + 2));
    this.#key.turnRound();
    return undefined;
  }

  #isForGateway(packet: IpPacket): boolean {
    const { bytes, destinationAt, version } = packet;
    return this.#host.gatewayAddresses.some(
      (gateway) => gateway.version === version && gateway.bytes.every((byte, i) => byte === bytes[destinationAt + i]),
    );
  }
}

/** Whether `packet` goes to where `quoted` came from. */
function isSentTo(packet: IpPacket, quoted: IpPacket): boolean {
  for (let i = 0; i < packet.addressBytes; i += 4) {
    if (readU32(packet.bytes, packet.destinationAt + i) !== readU32(quoted.bytes, quoted.sourceAt + i)) return false;
  }
  return true;
}
