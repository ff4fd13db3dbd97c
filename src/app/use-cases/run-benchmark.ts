import type { BenchmarkReport, PathReport } from '../../domain/benchmark/benchmark-report.ts';
import { interleavedRuns } from '../../domain/benchmark/interleaved-runs.ts';
import { medianFigures } from '../../domain/benchmark/median-figures.ts';
import type { RunFigures } from '../../domain/benchmark/run-figures.ts';
import { AppError } from '../../domain/errors.ts';
import type { BenchTarget, MeasuredPathPort } from '../../domain/ports/measured-path-port.ts';
import type { SignalPort } from '../../domain/ports/signal-port.ts';
import { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { HeldThing } from '../../domain/session/session-event.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { SessionTraffic } from '../../domain/session/session-traffic.ts';
import { LazyJournal } from './lazy-journal.ts';
import { openBenchServer } from './open-bench-server.ts';
import { InterruptedError } from './run-process.ts';
import type { SessionParts } from './session-parts.ts';

/** What to measure, and with what. */
export interface Benchmark {
  /** For the pod that serves. */
  readonly parts: SessionParts;
  readonly plan: SessionPlan;
  readonly signals: SignalPort;
  readonly paths: readonly MeasuredPathPort[];
  readonly rounds: number;
  /** How long each measurement of a run lasts. */
  readonly measureMs: number;
}

/** What is known of a path so far. */
interface PathState {
  readonly path: MeasuredPathPort;
  readonly runs: RunFigures[];
  unusable?: string;
  failure?: string;
}

/**
 * Makes a pod that serves, runs every path to it in turn, gives everything back. A path that fails is told in the report, and ends no other.
 * @throws AppError where the pod can't be made, or a signal ended it; AggregateError where releasing failed as well, or alone
 */
export async function runBenchmark(benchmark: Benchmark): Promise<BenchmarkReport> {
  const { parts, plan, signals, rounds, measureMs } = benchmark;
  const stop = new AbortController();
  const held = new LeaseStack<HeldThing>();
  const unsubscribe = signals.subscribe((signalNumber) => stop.abort(new InterruptedError(signalNumber)));
  const failures: unknown[] = [];
  try {
    const states = await probePaths(benchmark.paths, stop.signal);
    if (states.some(({ unusable }) => unusable === undefined)) {
      const journal = new LazyJournal({ parts, plan, held });
      const opening = { parts, plan, held, journal, traffic: new SessionTraffic(parts.clock), signal: stop.signal };
      await measureAll(benchmark, states, { target: await openBenchServer(opening), signal: stop.signal });
    }
    return { rounds, measureMs, paths: states.map(reportOf) };
  } catch (error) {
    failures.push(stop.signal.aborted ? stop.signal.reason : error);
    throw failures[0];
  } finally {
    await release(parts, held, failures).finally(unsubscribe);
  }
}

async function probePaths(paths: readonly MeasuredPathPort[], signal: AbortSignal): Promise<readonly PathState[]> {
  return Promise.all(
    paths.map(async (path) => {
      const probe = await path.probe(signal);
      return { path, runs: [], ...(probe.usable ? {} : { unusable: probe.reason }) };
    }),
  );
}

async function measureAll(
  { parts, rounds, measureMs }: Benchmark,
  states: readonly PathState[],
  { target, signal }: { readonly target: BenchTarget; readonly signal: AbortSignal },
): Promise<void> {
  const usable = states.filter(({ unusable }) => unusable === undefined);
  for (const { path: state, round } of interleavedRuns(usable, rounds)) {
    if (state.failure !== undefined) continue;
    const { name } = state.path;
    try {
      const figures = await state.path.measure(target, measureMs, signal);
      state.runs.push(figures);
      parts.events({ kind: 'path-measured', path: name, round, rounds, figures });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError) || error.code === 'INVARIANT') throw error;
      state.failure = error.message;
      parts.events({ kind: 'path-failed', path: name, round, reason: error.message });
    }
  }
}

function reportOf({ path: { name, kind }, runs, unusable, failure }: PathState): PathReport {
  const measured = runs.length === 0 ? {} : { figures: medianFigures(runs) };
  if (unusable !== undefined) return { name, kind, outcome: 'unusable', reason: unusable, runs: 0 };
  if (failure !== undefined) return { name, kind, outcome: 'failed', reason: failure, runs: runs.length, ...measured };
  return { name, kind, outcome: 'measured', runs: runs.length, ...measured };
}

/** @throws AggregateError of what failed before, if anything, and of the releases that failed */
async function release({ clock, events }: SessionParts, held: LeaseStack<HeldThing>, failures: readonly unknown[]): Promise<void> {
  if (held.held.length === 0) return;
  const startedAt = clock.now();
  events({ kind: 'releasing', things: held.held });
  try {
    await held.releaseAll();
  } catch (error) {
    const more: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    throw new AggregateError([...failures, ...more], 'not everything could be released', { cause: error });
  }
  events({ kind: 'released', tookMs: clock.now() - startedAt });
}
