import type { RunFigures } from './run-figures.ts';

/** What became of one path. */
export interface PathReport {
  /** `tun`, `kubectl port-forward`. */
  readonly name: string;
  /** A backend of ours, or what it is compared with. */
  readonly kind: 'backend' | 'peer';
  /** `failed`: it was usable and broke; `figures` are of the runs before. */
  readonly outcome: 'measured' | 'unusable' | 'failed';
  /** One line: why it isn't usable, or what failed. */
  readonly reason?: string | undefined;
  /** How many runs the figures are the medians of. */
  readonly runs: number;
  readonly figures?: RunFigures | undefined;
}

/** What a benchmark found. */
export interface BenchmarkReport {
  readonly rounds: number;
  /** How long each of a run's four measurements lasted. */
  readonly measureMs: number;
  readonly paths: readonly PathReport[];
}

/** Whether a backend was measured, and none broke; a peer that breaks is not ours. */
export function isBenchmarkFine({ paths }: BenchmarkReport): boolean {
  const backends = paths.filter(({ kind }) => kind === 'backend');
  return backends.every(({ outcome }) => outcome !== 'failed') && backends.some(({ outcome }) => outcome === 'measured');
}
