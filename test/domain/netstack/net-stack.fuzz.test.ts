import { expect, it } from 'vitest';
import { StackCounters } from '../../../src/domain/netstack/stack-counters.ts';
import { fuzzSeed } from '../../support/netstack/fuzz/fuzz-run.ts';

const seeds = Array.from({ length: 16 }, (_, i) => i + 1);

/** What must have happened at least once, or the runs prove nothing. */
const reached = [
  'tcpOpensEvicted', 'tcpResetsIn', 'segmentsOutOfOrder', 'segmentsRetransmitted', 'challengeAcks', 'windowProbes',
  'datagramsReassembled', 'reassemblyConflicts', 'reassemblyEvicted', 'reassemblyTimeouts', 'datagramsFragmented', 'icmpErrorsIn', 'udpEvicted', 'udpDatagramsDropped',
] as const satisfies readonly (keyof StackCounters)[]; // prettier-ignore

/** `npm run fuzz` goes on from here; `npm run fuzz -- --seed N --runs 1` runs one seed alone, and writes down what went in. */
it('the stack keeps its invariants among nonsense', () => {
  const total = new StackCounters();
  for (const seed of seeds) {
    const { counters, failure, sent } = fuzzSeed(seed);
    expect(failure && `${failure.setting}, step ${failure.step}: ${String(failure.error)}`).toBeUndefined();
    // Nobody looks at what is round a frame.
    expect(fuzzSeed(seed, 0xff).sent).toBe(sent);
    for (const name of reached) total[name] += counters[name];
  }
  expect(reached.filter((name) => total[name] === 0)).toEqual([]);
});
