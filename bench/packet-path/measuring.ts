/** One line of the table, and of the JSON. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it is compared with, measured in the same run, or what is asked for. */
  readonly peer: string;
  readonly peerValue: number;
  /** 1 or more: as good as the peer or better, whichever way the unit runs. */
  readonly ratio: number;
  /** The least ratio that is asked for; 0 where none is. */
  readonly goal: number;
}

/** How much is measured. */
export interface Extent {
  readonly runs: number;
  /** One stream or flood. */
  readonly milliseconds: number;
  /** A smoke run: everything is small, and no figure means anything. */
  readonly quick: boolean;
}

/** A group of rows that is measured together, in a process of its own. */
export type Family = (extent: Extent) => Promise<readonly Result[]>;

/** The middle value; of an even number the lower of the two. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;
}

/** Progress, for who watches: stdout is for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A result of which more is better. */
export function more(result: Omit<Result, 'ratio'>): Result {
  return { ...result, ratio: rounded(result.value / result.peerValue), value: rounded(result.value), peerValue: rounded(result.peerValue) };
}

/** A result of which less is better; none at all is a thousand times as good. */
export function less(result: Omit<Result, 'ratio'>): Result {
  const ratio = Math.min(1000, result.peerValue / Math.max(result.value, Number.MIN_VALUE));
  return { ...result, ratio: rounded(ratio), value: rounded(result.value), peerValue: rounded(result.peerValue) };
}

/** Four figures are more than a benchmark knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
