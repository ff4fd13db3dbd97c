#!/usr/bin/env node
// `npm test [vitest arguments]`: installs what the tests need, builds, runs them, and ends with the line `N passed, N failed, N skipped`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages } from './ensure-packages.mjs';
import { ensureNewestSshuttle } from './ensure-sshuttle.mjs';
import { ensureTun } from './ensure-tun.mjs';
import { projectRoot } from './project-root.mjs';

await import('./build.mjs');
const missing = [...ensurePackages(), ...ensureNewestSshuttle()];
for (const line of missing) console.log(`skipped: ${line}`);
if (!process.env.INPOD_E2E_KUBECONFIG)
  console.log('skipped: end-to-end tests, since INPOD_E2E_KUBECONFIG names no kubeconfig of a test cluster');

const putTunBack = ensureTun();
process.on('exit', putTunBack);
const folder = mkdtempSync(join(tmpdir(), 'inpod-test-'));
const resultsFiles = ['results.json', 'own-machine.json'].map((name) => join(folder, name));
const wanted = process.argv.slice(2);

let isInterrupted = false;
const counts = await run([], wanted, resultsFiles[0]);
if (wanted.length === 0 && !isInterrupted) add(await runOnOwnMachine());
putTunBack();
if (process.env.INPOD_TEST_RESULTS) writeFileSync(process.env.INPOD_TEST_RESULTS, JSON.stringify({ testResults: testResults() }));
rmSync(folder, { recursive: true });
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** What changes the whole machine, on one of its own. */
async function runOnOwnMachine() {
  const isAllowed = process.platform === 'linux' && spawnSync('unshare', ['--net', '--mount', 'true']).status === 0;
  if (isAllowed) return run([join(projectRoot, 'test/support/own-machine.sh'), folder], [], resultsFiles[1]);
  console.log('skipped: tests that change the whole machine, since a machine of their own (unshare --net --mount) is not allowed here');
  return { passed: 0, failed: 0, skipped: 1 };
}

/** Of both runs, one a test file. */
function testResults() {
  return resultsFiles.filter((file) => existsSync(file)).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).testResults);
}

function add({ passed, failed, skipped }) {
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}

/** @param prefix - words before the command */
async function run(prefix, vitestArguments, results) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--reporter=json', `--outputFile.json=${results}`];
  const [program, ...args] = [...prefix, process.execPath, ...vitest, ...vitestArguments];
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const running = spawn(program, args, { cwd: projectRoot, stdio: 'inherit', env });
  // Ctrl-C reaches vitest by the terminal; we stay to put /dev/net/tun back.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt(running, signal));
  const code = await new Promise((resolve) => running.on('close', (ended) => resolve(ended ?? 1)));
  return count(code, results);
}

function interrupt(running, signal) {
  isInterrupted = true;
  running.kill(signal);
}

/** A file that doesn't load has no tests, and an error outside every test fails none: both must show as failed. */
function count(code, file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const broken = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = results.numFailedTests + broken.length;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
