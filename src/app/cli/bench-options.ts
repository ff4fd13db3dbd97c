import { UsageError } from '../../domain/errors.ts';

/** What only `inpod bench` is told. */
export interface BenchOptions {
  readonly rounds: number;
  /** How long each of a run's measurements lasts. */
  readonly measureMs: number;
  /** Where the plot goes. */
  readonly plot: string | undefined;
  /** The one backend that is wanted beside its peers; all without it. */
  readonly only: string | undefined;
}

const rounds = { flag: '--rounds', least: 1, most: 100, usual: 5 };
const seconds = { flag: '--duration', least: 0.1, most: 60, usual: 1 };

/** Takes its own flags from those that are settings. @throws UsageError `FLAG_INVALID` */
export function takeBenchOptions<Value>(flags: Readonly<Record<string, Value>>): {
  readonly bench: BenchOptions;
  readonly flags: Readonly<Record<string, Value>>;
} {
  const { rounds: roundsText, duration, plot, ...others } = flags;
  const backend = typeof flags['backend'] === 'string' ? flags['backend'] : undefined;
  const bench = {
    rounds: Math.round(numberOf(roundsText, rounds)),
    measureMs: Math.round(numberOf(duration, seconds) * 1000),
    plot: typeof plot === 'string' ? plot : undefined,
    only: backend === 'auto' ? undefined : backend,
  };
  return { bench, flags: others };
}

function numberOf(text: unknown, { flag, least, most, usual }: typeof rounds): number {
  if (text === undefined) return usual;
  const value = typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const isWhole = flag !== rounds.flag || Number.isInteger(value);
  if (value >= least && value <= most && isWhole) return value;
  const kind = flag === rounds.flag ? 'a number' : 'seconds';
  throw new UsageError({
    code: 'FLAG_INVALID',
    message: `${flag} wants ${kind} from ${least} to ${most}`,
    hint: `for example ${flag} ${usual}, the default`,
  });
}
