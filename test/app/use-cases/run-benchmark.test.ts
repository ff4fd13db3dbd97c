import { beforeEach, describe, expect, it } from 'vitest';
import { runBenchmark } from '../../../src/app/use-cases/run-benchmark.ts';
import { InterruptedError } from '../../../src/app/use-cases/run-process.ts';
import { benchPort } from '../../../src/domain/benchmark/bench-protocol.ts';
import type { BenchmarkReport } from '../../../src/domain/benchmark/benchmark-report.ts';
import type { RunFigures } from '../../../src/domain/benchmark/run-figures.ts';
import { ClusterError, InvariantError, TunnelError } from '../../../src/domain/errors.ts';
import type { BenchTarget, MeasuredPathPort, PathProbe } from '../../../src/domain/ports/measured-path-port.ts';
import { abortable } from '../../../src/domain/promises.ts';
import { runFigures } from '../../builders/benchmark-builders.ts';
import { SessionWorld } from './support/session-world.ts';

const sigint = 2;

/** A path whose runs are scripted. */
class FakePath implements MeasuredPathPort {
  readonly name: string;
  readonly kind = 'backend';
  readonly targets: BenchTarget[] = [];
  usable: PathProbe = { usable: true };
  readonly #order: string[];
  #run: (round: number, signal: AbortSignal) => Promise<RunFigures> = async () => runFigures();

  constructor(name: string, order: string[]) {
    this.name = name;
    this.#order = order;
  }

  runs(run: (round: number, signal: AbortSignal) => Promise<RunFigures>): this {
    this.#run = run;
    return this;
  }

  async probe(): Promise<PathProbe> {
    return this.usable;
  }

  async measure(target: BenchTarget, _measureMs: number, signal: AbortSignal): Promise<RunFigures> {
    this.targets.push(target);
    this.#order.push(this.name);
    return this.#run(this.targets.length, signal);
  }
}

describe('runBenchmark', () => {
  let world: SessionWorld;
  let order: string[];
  let first: FakePath;
  let second: FakePath;
  beforeEach(() => {
    world = new SessionWorld();
    order = [];
    [first, second] = [new FakePath('first', order), new FakePath('second', order)];
  });

  const run = (rounds = 3): Promise<BenchmarkReport> => {
    const { parts, plan, signals } = world;
    return world.clock.runUntilDone(runBenchmark({ parts, plan, signals, paths: [first, second], rounds, measureMs: 100 }));
  };

  it('measures the paths in turn, to the pod that it made, and gives that back', async () => {
    first.runs(async (round) => runFigures({ downMbitPerSecond: round * 100 }));
    const report = await run();
    expect(order).toEqual(['first', 'second', 'second', 'first', 'first', 'second']);
    expect(report.paths).toMatchObject([
      { name: 'first', outcome: 'measured', runs: 3, figures: { downMbitPerSecond: 200 } },
      { name: 'second', outcome: 'measured', runs: 3 },
    ]);
    expect(first.targets[0]).toMatchObject({ address: '10.244.3.17', port: benchPort, podName: world.plan.podName });
    expect(world.eventsOf('path-measured').map(({ path, round }) => `${path} ${round}`)).toHaveLength(6);
    expect(world.leftovers).toEqual([]);
  });

  it('tells of a path that breaks, and goes on with the other', async () => {
    first.runs(async (round) => {
      if (round === 2) throw new TunnelError({ code: 'TUNNEL_LOST', message: 'the link is gone' });
      return runFigures();
    });
    const report = await run();
    expect(report.paths).toMatchObject([
      { outcome: 'failed', reason: 'the link is gone', runs: 1, figures: runFigures() },
      { outcome: 'measured', runs: 3 },
    ]);
    expect(world.eventsOf('path-failed')).toMatchObject([{ path: 'first', round: 2, reason: 'the link is gone' }]);
    expect(order.filter((name) => name === 'first')).toHaveLength(2);
  });

  it('says of what is not usable why, and does not run it', async () => {
    first.usable = { usable: false, reason: 'no TUN here' };
    expect((await run()).paths).toMatchObject([{ outcome: 'unusable', reason: 'no TUN here', runs: 0 }, { outcome: 'measured' }]);
    expect(first.targets).toEqual([]);
  });

  it('makes nothing where nothing can be measured', async () => {
    first.usable = second.usable = { usable: false, reason: 'no' };
    await run();
    expect(world.calls).not.toContain('cluster.createAgentPod');
  });

  it('ends by a signal, with nothing left', async () => {
    second.runs(async (_, signal) => {
      world.signals.send(sigint);
      return abortable(new Promise<never>(() => undefined), signal);
    });
    await expect(run()).rejects.toBeInstanceOf(InterruptedError);
    expect(world.leftovers).toEqual([]);
  });

  it.each([
    ['the pod that is not made', new ClusterError({ code: 'QUOTA_EXCEEDED', message: 'no room' })],
    ['a bug', new InvariantError('a bug')],
  ])('fails by %s, with nothing left', async (_, failure) => {
    if (failure instanceof InvariantError) first.runs(() => Promise.reject(failure));
    else
      world.script = (call) => {
        if (call === 'cluster.createAgentPod') throw failure;
      };
    await expect(run()).rejects.toBe(failure);
    expect(world.leftovers).toEqual([]);
  });
});
