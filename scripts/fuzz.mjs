#!/usr/bin/env node
// Random and mutated packets into the packet core, a seed after the other, until the time is over or an invariant fails: npm run fuzz -- --help
import { build } from 'esbuild';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureNodeModules } from './ensure-node-modules.mjs';
import { projectRoot } from './project-root.mjs';

ensureNodeModules();

const help = `usage: npm run fuzz -- [--seconds N] [--seed N] [--runs N]

Random and mutated packets into the packet core, one seed after the other, each in a stack of its own, until the time is over or an invariant
fails. Ends with 1 where one failed; what went in is then in a file, and the line to run that seed again is printed. The first 16 seeds are part
of npm test.

  --seconds N  for so long, 60 by default
  --seed N     the first seed; by default a random one
  --runs N     at most so many seeds
`;

const { values } = readOptions({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    runs: { type: 'string', default: 'Infinity' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const [seconds, firstSeed, runs] = [values.seconds, values.seed, values.runs].map(Number);
if ([seconds, firstSeed, runs].some(Number.isNaN)) {
  refuse('--seconds, --seed and --runs are numbers');
}

const { fuzzSeed } = await loadCore();
const end = performance.now() + seconds * 1000;
console.log(`fuzz: from seed ${firstSeed} on, for ${seconds} s`);
let count = 0;
let failed = false;
while (!failed && count < runs && performance.now() < end) {
  const seed = firstSeed + count++;
  const { failure } = fuzzSeed(seed);
  if (failure) {
    failed = true;
    report(seed, failure);
  }
  if (count % 500 === 0) console.log(`fuzz: ${count} seeds, at ${seed}`);
}
console.log(`fuzz: ${count} seeds, ${failed ? 'the last one failed' : 'all fine'}`);
process.exitCode = failed ? 1 : 0;

/** What the command line says; one that says something else ends with 2. */
function readOptions(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(message) {
  console.error(`fuzz: ${message}\n\n${help}`);
  process.exit(2);
}

function report(seed, { setting, step, error, frames }) {
  const file = join(tmpdir(), `inpod-fuzz-${seed}.txt`);
  const replay = `npm run fuzz -- --seed ${seed} --runs 1`;
  writeFileSync(file, `# ${setting}; failed at step ${step}: ${String(error)}\n# replay: ${replay}\n# ms, frame\n${frames.join('\n')}\n`);
  console.error(error);
  console.error(`fuzz: ${setting} failed at step ${step}. What went in: ${file}. Again: ${replay}`);
}

/** The same core as the unit test's, compiled for Node. */
async function loadCore() {
  const folder = mkdtempSync(join(tmpdir(), 'inpod-fuzz-'));
  const outfile = join(folder, 'fuzz-run.mjs');
  try {
    const entryPoints = [join(projectRoot, 'test/support/netstack/fuzz/fuzz-run.ts')];
    await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', target: 'node20', sourcemap: 'inline', outfile });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
