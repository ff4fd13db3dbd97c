/**
 * In which order paths are run: in each round each of them once, every round beginning with another one, so that what changes on the machine, and what
 * one leaves for the next, falls on all alike.
 */
export function interleavedRuns<Path>(paths: readonly Path[], rounds: number): readonly { readonly path: Path; readonly round: number }[] {
  return Array.from({ length: rounds }, (_, i) => {
    const first = paths.length === 0 ? 0 : i % paths.length;
    return [...paths.slice(first), ...paths.slice(0, first)].map((path) => ({ path, round: i + 1 }));
  }).flat();
}
