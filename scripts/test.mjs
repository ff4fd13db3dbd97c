#!/usr/bin/env node
// `npm test [vitest arguments]`: installs what the tests need, builds, runs them, and ends with the line `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages } from './ensure-packages.mjs';
import { ensureTun } from './ensure-tun.mjs';
import { projectRoot } from './project-root.mjs';

await import('./build.mjs');
const missing = ensurePackages();
for (const line of missing) console.log(`skipped: ${line}`);
if (!process.env.INPOD_E2E_KUBECONFIG)
  console.log('skipped: end-to-end tests, since INPOD_E2E_KUBECONFIG names no kubeconfig of a test cluster');

const putTunBack = ensureTun();
process.on('exit', putTunBack);
const folder = mkdtempSync(join(tmpdir(), 'inpod-test-'));
const resultsFile = join(folder, 'results.json');

const exitCode = await runVitest();
const counts = count(exitCode);
putTunBack();
if (process.env.INPOD_TEST_RESULTS && existsSync(resultsFile)) copyFileSync(resultsFile, process.env.INPOD_TEST_RESULTS);
rmSync(folder, { recursive: true });
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function runVitest() {
  const vitest = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${resultsFile}`,
      ...process.argv.slice(2),
    ],
    { cwd: projectRoot, stdio: 'inherit', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
  );
  // Ctrl-C reaches vitest by the terminal; we stay to put /dev/net/tun back.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => vitest.kill(signal));
  return new Promise((resolve) => vitest.on('close', (code) => resolve(code ?? 1)));
}

/** A file that doesn't load has no tests, and an error outside every test fails none: both must show as failed. */
function count(code) {
  if (!existsSync(resultsFile)) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
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
