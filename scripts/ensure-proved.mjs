#!/usr/bin/env node
// `ensure-proved.mjs RESULTS.json`: fails where of one of the kinds in proofs.mjs no test passed.
import { readFileSync } from 'node:fs';
import { countProofs } from './proofs.mjs';

const proofs = countProofs(JSON.parse(readFileSync(process.argv[2], 'utf8')).testResults);
console.log(`passed: ${proofs.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`);
for (const { kind } of proofs.filter(({ count }) => count === 0)) {
  console.error(`no ${kind} test passed`);
  process.exitCode = 1;
}
