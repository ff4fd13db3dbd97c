import { quantile } from './quantile.ts';
import type { RunFigures } from './run-figures.ts';

/** The median of each figure by itself. @param runs - at least one */
export function medianFigures(runs: readonly RunFigures[]): RunFigures {
  const of = (figure: Exclude<keyof RunFigures, 'cpuSecondsPerGb'>): number =>
    quantile(
      runs.map((run) => run[figure]),
      0.5,
    );
  const cpu = runs.flatMap((run) => run.cpuSecondsPerGb ?? []);
  return {
    startMs: of('startMs'),
    downMbitPerSecond: of('downMbitPerSecond'),
    upMbitPerSecond: of('upMbitPerSecond'),
    connectsPerSecond: of('connectsPerSecond'),
    requestP50Ms: of('requestP50Ms'),
    requestP95Ms: of('requestP95Ms'),
    requestP99Ms: of('requestP99Ms'),
    cpuSecondsPerGb: cpu.length === 0 ? undefined : quantile(cpu, 0.5),
  };
}
