/**
 * The smallest value that at least this share of all values doesn't exceed (nearest rank).
 * @param share - above 0, at most 1: 0.5 is the median, of an even number the lower one of the two
 * @returns NaN of no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
