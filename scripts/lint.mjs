#!/usr/bin/env node
// `npm run lint`: every check that runs no code of ours. All of them run, so that one look shows all problems.
import { spawn } from 'node:child_process';
import { ensureNodeModules } from './ensure-node-modules.mjs';
import { projectRoot } from './project-root.mjs';

ensureNodeModules();

const checks = [
  { name: 'tsc', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'tsc src/domain', program: 'typescript/bin/tsc', args: ['-p', 'src/domain'] },
  { name: 'prettier', program: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level=warn', '.'] },
  { name: 'oxlint', program: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'] },
  { name: 'dependency-cruiser', program: 'dependency-cruiser/bin/dependency-cruise.mjs', args: ['src', 'test', 'bench'] },
  { name: 'knip', program: 'knip/bin/knip.js', args: ['--no-progress'] },
];

const failed = [];
const waiting = [...checks];
// Two at a time: more only fight for the cores that a small machine has.
await Promise.all([worker(), worker()]);
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function worker() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const { code, output } = await run(check);
    console.log(`${check.name}: ${code === 0 ? 'fine' : `failed\n${output}`}`);
    if (code !== 0) failed.push(check.name);
  }
}

function run({ program, args }) {
  const child = spawn(process.execPath, [`node_modules/${program}`, ...args], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() })));
}
