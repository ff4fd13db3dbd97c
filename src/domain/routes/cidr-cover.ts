import { Cidr } from '../netstack/address/cidr.ts';

/**
 * The fewest networks that hold exactly the addresses of `cidrs`: what lies within another goes, and two halves become their whole.
 * @returns networks in address order, none overlapping
 */
export function coverCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const cover: Cidr[] = [];
  for (const cidr of cidrs.toSorted((a, b) => a.address.compare(b.address) || a.prefixLength - b.prefixLength)) {
    if (cover.at(-1)?.covers(cidr)) continue;
    cover.push(cidr);
    for (let whole = mergeLastTwo(cover); whole; whole = mergeLastTwo(cover)) cover.splice(-2, 2, whole);
  }
  return cover;
}

function mergeLastTwo(cover: readonly Cidr[]): Cidr | undefined {
  const low = cover.at(-2);
  const high = cover.at(-1);
  if (!low || !high || low.prefixLength !== high.prefixLength || low.prefixLength === 0) return undefined;
  const whole = Cidr.of(low.address, low.prefixLength - 1);
  return whole?.covers(high) && whole.address.equals(low.address) ? whole : undefined;
}
