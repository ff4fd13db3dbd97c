import type { RunFigures } from '../benchmark/run-figures.ts';

/** The far end of a benchmark. */
export interface BenchTarget {
  /** Of the pod that serves, as others in the cluster reach it. */
  readonly address: string;
  readonly port: number;
  readonly podName: string;
  /** For who connects to the agent in that pod. A secret. */
  readonly clientPrivateKey: string;
}

/** Whether a path can be measured here; `reason` is one line. */
export type PathProbe = { readonly usable: true } | { readonly usable: false; readonly reason: string };

/** A way from this machine to a port of a pod that can be measured. */
export interface MeasuredPathPort {
  readonly name: string;
  readonly kind: 'backend' | 'peer';
  /** Leaves nothing. Never rejects but for cancellation. */
  probe(signal: AbortSignal): Promise<PathProbe>;
  /**
   * One run: opens the path, measures, closes it; nothing is left however it ends.
   * @param measureMs - how long each measurement lasts
   * @throws AppError of what failed; the signal's reason
   */
  measure(target: BenchTarget, measureMs: number, signal: AbortSignal): Promise<RunFigures>;
}
