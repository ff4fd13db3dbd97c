/** Which part of a datagram a packet carries, in either version: filled again for every packet. The default is a whole datagram. */
export class IpFragment {
  /** Names the datagram between two addresses: 16 bits over IPv4, 32 over IPv6 (signed; see `readU32`). */
  identification = 0;
  /** Where the part begins in the datagram's payload, in bytes: a multiple of 8. */
  offsetBytes = 0;
  /** Whether another part follows. */
  more = false;

  /** Whether it is less than a whole datagram. A fragment header without both is "atomic", and changes nothing (RFC 6946). */
  get isPart(): boolean {
    return this.more || this.offsetBytes > 0;
  }

  clear(): void {
    this.identification = this.offsetBytes = 0;
    this.more = false;
  }
}
