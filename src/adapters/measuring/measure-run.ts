import { performance } from 'node:perf_hooks';
import type { BenchMeasure, ClientAnswer } from '../../domain/benchmark/bench-protocol.ts';
import { quantile } from '../../domain/benchmark/quantile.ts';
import type { RunFigures } from '../../domain/benchmark/run-figures.ts';
import { InvariantError } from '../../domain/errors.ts';
import type { MeasuringClient } from './measuring-client.ts';

/** What one run is measured with. */
export interface RunMeasuring {
  readonly client: MeasuringClient;
  readonly measureMs: number;
  /** `performance.now()` when the path's program was started. */
  readonly startedAt: number;
  /** CPU seconds so far of the path's processes, `undefined` where that can't be told. */
  readonly cpuSeconds: () => number | undefined;
}

type AnswerOf<K extends ClientAnswer['kind']> = Extract<ClientAnswer, { kind: K }>;

/** All measurements of a run, one after another. @throws TunnelError `TUNNEL_LOST` with what failed */
export async function measureRun({ client, measureMs, startedAt, cpuSeconds }: RunMeasuring): Promise<RunFigures> {
  const ask = async <K extends ClientAnswer['kind']>(measure: BenchMeasure, kind: K): Promise<AnswerOf<K>> => {
    const answer = await client.ask({ measure, ms: measureMs });
    if (answer.kind !== kind) throw new InvariantError(`the measuring program answered ${measure} with ${answer.kind}`);
    return answer as AnswerOf<K>;
  };
  await client.ready();
  const startMs = performance.now() - startedAt;
  const before = cpuSeconds();
  const down = await ask('down', 'stream');
  const up = await ask('up', 'stream');
  const after = cpuSeconds();
  const connects = await ask('connects', 'connects');
  const { tookMs } = await ask('requests', 'requests');
  return {
    startMs,
    downMbitPerSecond: mbitPerSecond(down),
    upMbitPerSecond: mbitPerSecond(up),
    connectsPerSecond: (connects.count * 1000) / connects.ms,
    requestP50Ms: quantile(tookMs, 0.5),
    requestP95Ms: quantile(tookMs, 0.95),
    requestP99Ms: quantile(tookMs, 0.99),
    cpuSecondsPerGb: before === undefined || after === undefined ? undefined : ((after - before) / (down.bytes + up.bytes)) * 1e9,
  };
}

function mbitPerSecond({ bytes, ms }: AnswerOf<'stream'>): number {
  return (bytes * 8) / ms / 1000;
}
