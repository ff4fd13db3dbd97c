/**
 * One family of rows of the packet path, in a process of its own: `node [--expose-gc ...] dist/bench/packet-path.mjs FAMILY RUNS MILLISECONDS [quick]`.
 * Prints the results as JSON on stdout. Started by scripts/bench.mjs, which makes the bundle and traffic.c.
 */
import { datagramRows } from './datagram-rows.ts';
import { connectRows, roundTripRows } from './exchange-rows.ts';
import { idleRows } from './idle-row.ts';
import { allocationRows, plainRows } from './lone-stack-rows.ts';
import type { Family } from './measuring.ts';
import { streamRows } from './stream-rows.ts';

const families: Readonly<Record<string, Family>> = {
  streams: streamRows,
  'round-trips': roundTripRows,
  connects: connectRows,
  datagrams: datagramRows,
  idle: idleRows,
  plain: plainRows,
  allocations: allocationRows,
};

const [family = '', runs, milliseconds, quick] = process.argv.slice(2);
const results = await families[family]?.({ runs: Number(runs), milliseconds: Number(milliseconds), quick: quick === 'quick' });
if (!results) throw new Error(`no family of rows is called ${family}`);
console.log(JSON.stringify({ results }));
