import type { StackCounters } from '../../../../src/domain/netstack/stack-counters.ts';
import { StackFuzzer } from './stack-fuzzer.ts';

/** Steps of one seed: enough for time-outs and full tables, few enough to read through. */
const stepsPerSeed = 300;

/** What became of a seed. */
export interface FuzzOutcome {
  readonly counters: StackCounters;
  readonly failure: FuzzFailure | undefined;
  /** A hash of all that the stack sent, where it didn't fail. */
  readonly sent: string;
}

export interface FuzzFailure {
  /** What the stack was made with. */
  readonly setting: string;
  readonly step: number;
  readonly error: unknown;
  /** All that went in up to then, a line each: milliseconds, then the frame in hexadecimal. */
  readonly frames: readonly string[];
}

/** Runs one stack through a seed's steps. @param filling - the byte that is all round each frame */
export function fuzzSeed(seed: number, filling = 0): FuzzOutcome {
  const fuzzer = new StackFuzzer(seed, filling);
  let step = 0;
  let sent = '';
  let failure: FuzzFailure | undefined;
  try {
    for (; step < stepsPerSeed; step++) fuzzer.step();
    sent = fuzzer.close();
  } catch (error) {
    const frames = fuzzer.frames.map(({ ms, frame }) => `${ms} ${Buffer.from(frame).toString('hex')}`);
    failure = { setting: fuzzer.setting, step, error, frames };
  }
  return { counters: fuzzer.stack.counters, failure, sent };
}
