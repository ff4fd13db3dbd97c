import type { Cidr } from '../netstack/address/cidr.ts';
import { coverCidrs } from './cidr-cover.ts';

/** The cluster's networks as far as they are known: they grow while a session runs, and never shrink. */
export class GrowingRanges {
  #cover: readonly Cidr[];

  constructor(known: readonly Cidr[]) {
    this.#cover = coverCidrs(known);
  }

  /** The fewest networks that hold exactly what is known. */
  get cover(): readonly Cidr[] {
    return this.#cover;
  }

  /** @returns whether that was new */
  add(found: Cidr): boolean {
    if (this.#cover.some((known) => known.covers(found))) return false;
    this.#cover = coverCidrs([...this.#cover, found]);
    return true;
  }
}
