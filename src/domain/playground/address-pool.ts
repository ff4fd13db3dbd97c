import { ClusterError } from '../errors.ts';
import type { Cidr } from '../netstack/address/cidr.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';

/**
 * Gives the addresses of a network, each for as long as its holder wants it. One that was given back is given again as late as possible, so that a
 * client that still knows it reaches nobody rather than somebody else.
 */
export class AddressPool {
  readonly #network: Cidr;
  readonly #taken = new Set<string>();
  /** The number of the address that was given last. */
  #last = 0;

  /** @param network - IPv4, of 2 to 30 host bits; its first and last address are never given */
  constructor(network: Cidr) {
    this.#network = network;
  }

  /** @throws ClusterError `QUOTA_EXCEEDED` where all are taken */
  take(): IpAddress {
    const size = 2 ** (32 - this.#network.prefixLength);
    for (let tried = 0; tried < size; tried++) {
      this.#last = (this.#last % (size - 2)) + 1;
      const address = nth(this.#network, this.#last);
      if (this.#taken.has(address.toString())) continue;
      this.#taken.add(address.toString());
      return address;
    }
    throw new ClusterError({ code: 'QUOTA_EXCEEDED', message: `the playground has no address left in ${this.#network.toString()}` });
  }

  /** Idempotent. */
  giveBack(address: IpAddress): void {
    this.#taken.delete(address.toString());
  }
}

function nth(network: Cidr, number: number): IpAddress {
  const base = network.address.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const value = base + number;
  const bytes = Uint8Array.of(value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value); // each is cut to its low byte
  return IpAddress.fromBytes(bytes) ?? network.address;
}
