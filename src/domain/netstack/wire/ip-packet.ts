import { IpFragment } from './ip-fragment.ts';

/** Protocol numbers of what an IP packet carries. */
export const ipProtocol = { hopByHop: 0, icmp: 1, tcp: 6, udp: 17, routing: 43, fragment: 44, icmpv6: 58, destinationOptions: 60 } as const;

/** Why bytes are not a packet. */
export const malformedReasons = ['truncated', 'bad-version', 'bad-length', 'bad-checksum', 'bad-port', 'bad-header'] as const;
/** Why a well-formed packet is left unanswered. */
export const unsupportedReasons = ['extension-header', 'not-unicast', 'protocol', 'icmp-type', 'icmp-quote', 'jumbo'] as const;

export type MalformedReason = (typeof malformedReasons)[number];
export type UnsupportedReason = (typeof unsupportedReasons)[number];
/** What a `parse` of this folder returns where it returns no value. */
export type ParseFailure = MalformedReason | UnsupportedReason;

/** Where the parts of one IP packet are in a frame: a view that is filled again for every packet, so that parsing allocates nothing. */
export class IpPacket {
  bytes: Uint8Array = new Uint8Array(0);
  version: 4 | 6 = 4;
  /** Offset of the first byte of the IP header. */
  start = 0;
  /** Offsets of the addresses, 4 or 16 bytes each. */
  sourceAt = 0;
  destinationAt = 0;
  /** The upper layer's protocol, extension headers skipped. */
  protocol = 0;
  hopLimit = 0;
  /** Whether it is a whole datagram, and if not, which part of one. */
  readonly fragment = new IpFragment();
  payloadAt = 0;
  /** One past the last byte of the packet; a frame may be longer. */
  end = 0;

  get addressBytes(): 4 | 16 {
    return this.version === 4 ? 4 : 16;
  }

  get payloadBytes(): number {
    return this.end - this.payloadAt;
  }
}
