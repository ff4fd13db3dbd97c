import type { FlowKey } from '../flow-key.ts';
import type { FlowEntry } from '../flow-table.ts';
import { readU8 } from '../wire/octets.ts';

/** A power of two. Destinations that fall into one bucket share its fate. */
const bucketCount = 64;

/**
 * Flows whose handshake isn't through, oldest first in buckets by destination: where there are too many, the one to go is the oldest of the fullest bucket.
 * So a flood of opens, spoofed or to a destination that doesn't answer, only pushes out itself; of one destination, an open that is answered in time gets through.
 */
export class OpeningFlows<F extends FlowEntry> {
  readonly #buckets: readonly Set<F>[] = Array.from({ length: bucketCount }, () => new Set<F>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(flow: F): void {
    this.#bucketOf(flow.key).add(flow);
    this.#size++;
  }

  /** Removes `flow`, if it is there. */
  remove(flow: F): void {
    if (this.#size > 0 && this.#bucketOf(flow.key).delete(flow)) this.#size--;
  }

  /** The one to go. */
  first(): F | undefined {
    let fullest: Set<F> | undefined;
    for (const bucket of this.#buckets) {
      if (bucket.size > (fullest?.size ?? 0)) fullest = bucket;
    }
    return fullest?.values().next().value;
  }

  #bucketOf(key: FlowKey): Set<F> {
    let hash = key.destinationPort;
    for (let at = key.addressBytes; at < 2 * key.addressBytes; at++) hash = (Math.imul(hash, 31) + readU8(key.addresses, at)) | 0;
    return this.#buckets[(hash ^ (hash >>> 6)) & (bucketCount - 1)] as Set<F>;
  }
}
