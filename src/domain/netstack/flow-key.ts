import type { Endpoint } from './address/endpoint.ts';
import { IpAddress } from './address/ip-address.ts';
import { sumWords } from './wire/internet-checksum.ts';
import type { IpPacket } from './wire/ip-packet.ts';
import { readU16, readU32, writeU32 } from './wire/octets.ts';

/**
 * The addresses and ports of a flow, as the local program's packets have them: `source` is the program. The protocol isn't part of it: each has its own table.
 * Mutable so that one key, filled anew for each packet, can look flows up; a flow keeps a `clone`.
 */
export class FlowKey {
  version: 4 | 6 = 4;
  /** Source address, then destination address, in the first 8 or 32 bytes. */
  readonly addresses = new Uint8Array(32);
  sourcePort = 0;
  destinationPort = 0;
  /** Unfolded checksum sum of both addresses. */
  addressSum = 0;
  /** Of all fields; a signed 32-bit integer. */
  hash = 0;

  /** The key of `program` and `other`, of one address family. */
  static between(program: Endpoint, other: Endpoint): FlowKey {
    const key = new FlowKey();
    const count = program.address.bytes.length;
    key.version = program.address.version;
    key.addresses.set(program.address.bytes);
    key.addresses.set(other.address.bytes, count);
    key.addressSum = sumWords(key.addresses, 0, 2 * count);
    key.setPorts(program.port, other.port);
    return key;
  }

  get addressBytes(): 4 | 16 {
    return this.version === 4 ? 4 : 16;
  }

  /** Takes the addresses of `packet`; `setPorts` must follow before the hash is right. */
  setAddresses(packet: IpPacket): void {
    this.version = packet.version;
    const count = packet.addressBytes * 2;
    // Source and destination are neighbours in both headers.
    for (let at = 0; at < count; at += 4) writeU32(this.addresses, at, readU32(packet.bytes, packet.sourceAt + at));
    this.addressSum = sumWords(this.addresses, 0, count);
  }

  setPorts(sourcePort: number, destinationPort: number): void {
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    this.hash = this.#hash();
  }

  /** Swaps both ends: what was the key of a packet of ours becomes its flow's. */
  turnRound(): void {
    const count = this.addressBytes;
    for (let at = 0; at < count; at += 4) {
      const source = readU32(this.addresses, at);
      writeU32(this.addresses, at, readU32(this.addresses, count + at));
      writeU32(this.addresses, count + at, source);
    }
    this.setPorts(this.destinationPort, this.sourcePort);
  }

  equals(other: FlowKey): boolean {
    if (this.sourcePort !== other.sourcePort || this.destinationPort !== other.destinationPort || this.version !== other.version)
      return false;
    for (let at = this.addressBytes * 2 - 4; at >= 0; at -= 4) {
      if (readU32(this.addresses, at) !== readU32(other.addresses, at)) return false;
    }
    return true;
  }

  clone(): FlowKey {
    const copy = new FlowKey();
    copy.version = this.version;
    copy.addresses.set(this.addresses);
    copy.addressSum = this.addressSum;
    copy.setPorts(this.sourcePort, this.destinationPort);
    return copy;
  }

  /** The local program's end, as a value. */
  sourceEndpoint(): Endpoint {
    return { address: this.#address(0), port: this.sourcePort };
  }

  /** What the local program talks to, as a value. */
  destinationEndpoint(): Endpoint {
    return { address: this.#address(this.addressBytes), port: this.destinationPort };
  }

  #address(at: number): IpAddress {
    return IpAddress.fromBytes(this.addresses.subarray(at, at + this.addressBytes)) as IpAddress;
  }

  /** FNV-1a over 16-bit words: programs differ in ports, servers in addresses' last bytes. */
  #hash(): number {
    let hash = Math.imul(0x811c9dc5 ^ this.sourcePort, 0x01000193);
    hash = Math.imul(hash ^ this.destinationPort, 0x01000193);
    for (let at = this.addressBytes * 2 - 2; at >= 0; at -= 2) hash = Math.imul(hash ^ readU16(this.addresses, at), 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
