import type { BenchmarkReport } from '../../src/domain/benchmark/benchmark-report.ts';
import type { RunFigures } from '../../src/domain/benchmark/run-figures.ts';

/** A usual run's. */
export function runFigures(changes: Partial<RunFigures> = {}): RunFigures {
  return {
    startMs: 1400,
    downMbitPerSecond: 500,
    upMbitPerSecond: 400,
    connectsPerSecond: 300,
    requestP50Ms: 1.2,
    requestP95Ms: 2.4,
    requestP99Ms: 4.8,
    cpuSecondsPerGb: 11.5,
    ...changes,
  };
}

/** One backend measured, one not usable, one peer twice as fast. */
export function benchmarkReport(): BenchmarkReport {
  return {
    rounds: 5,
    measureMs: 1000,
    paths: [
      { name: 'tun', kind: 'backend', outcome: 'measured', runs: 5, figures: runFigures() },
      { name: 'sshuttle', kind: 'backend', outcome: 'unusable', reason: "sshuttle isn't installed", runs: 0 },
      {
        name: 'kubectl port-forward',
        kind: 'peer',
        outcome: 'measured',
        runs: 5,
        figures: runFigures({ downMbitPerSecond: 1000, startMs: 300, cpuSecondsPerGb: 4.2 }),
      },
    ],
  };
}
