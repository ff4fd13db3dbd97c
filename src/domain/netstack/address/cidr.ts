import { IpAddress } from './ip-address.ts';

/**
 * A network: an address whose host bits are zero, and a prefix length.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4632#section-3.1 | RFC 4632 §3.1}
 */
export class Cidr {
  readonly address: IpAddress;
  /** 0 to 32, or 0 to 128. */
  readonly prefixLength: number;

  private constructor(address: IpAddress, prefixLength: number) {
    this.address = address;
    this.prefixLength = prefixLength;
  }

  /** The network of `prefixLength` bits that `address` lies in; host bits are cleared. `undefined` where the length is out of range. */
  static of(address: IpAddress, prefixLength: number): Cidr | undefined {
    const bits = address.bytes.length * 8;
    if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > bits) return undefined;
    const masked = address.bytes.map((byte, i) => byte & maskByte(prefixLength, i));
    const network = IpAddress.fromBytes(masked);
    return network && new Cidr(network, prefixLength);
  }

  /** Parses `ADDRESS/LENGTH`; a bare address is the network of that host alone. */
  static parse(text: string): Cidr | undefined {
    const [host = '', length, ...rest] = text.split('/');
    const address = IpAddress.parse(host);
    if (!address || rest.length > 0) return undefined;
    if (length === undefined) return Cidr.of(address, address.bytes.length * 8);
    return /^\d{1,3}$/.test(length) ? Cidr.of(address, Number(length)) : undefined;
  }

  contains(address: IpAddress): boolean {
    if (address.version !== this.address.version) return false;
    return address.bytes.every((byte, i) => (byte & maskByte(this.prefixLength, i)) === this.address.bytes[i]);
  }

  /** Whether every address of `other` lies in this network. */
  covers(other: Cidr): boolean {
    return other.prefixLength >= this.prefixLength && this.contains(other.address);
  }

  overlaps(other: Cidr): boolean {
    return this.covers(other) || other.covers(this);
  }

  toString(): string {
    return `${this.address.toString()}/${this.prefixLength}`;
  }
}

function maskByte(prefixLength: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}
