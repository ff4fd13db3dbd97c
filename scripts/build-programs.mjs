import { build, version as esbuildVersion } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';
import { ssh2PacketSize } from './ssh2-packet-size.mjs';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));

/**
 * Given to Node as inpod starts: the size below which V8 makes no full collection. By itself it sets its limit at the first one to a little more than the
 * 25 MB that are left then, and buffers on their way reach that ten times a second: twice the CPU for each byte from the second gigabyte on.
 */
const inpodNodeOptions = ['--initial-old-space-size=256'];

/** inpod and watchdog run on the laptop's Node, each by a starter; agent and guardian are one file each that a stock Node image runs; so is the playground's sample shop. bench-server runs within an agent, bench-client in a session. */
const programs = [
  { name: 'inpod', outfile: 'dist/inpod.bundle.js', starter: 'dist/inpod.js', nodeOptions: inpodNodeOptions, options: laptop() },
  { name: 'watchdog', outfile: 'dist/watchdog.bundle.js', starter: 'dist/watchdog.js', nodeOptions: [], options: laptop() },
  { name: 'agent', outfile: 'dist/agent.cjs', options: { target: 'node24', minify: true, keepNames: true } },
  { name: 'guardian', outfile: 'dist/guardian.cjs', options: { target: 'node24', minify: true, keepNames: true } },
  // One expression: its text comes behind the agent's.
  { name: 'bench-server', outfile: 'dist/bench-server.js', options: { target: 'node20.19', format: 'iife', minify: true } },
  { name: 'bench-client', outfile: 'dist/bench-client.cjs', options: { target: 'node20.19' } },
  { name: 'shop', outfile: 'dist/shop.cjs', options: { target: 'node20.19' } },
];

/** One function expression, which the starter calls. Not minified: Node prints the source line of an error, and ours may become somebody's report. */
function laptop() {
  const importMetaUrl = 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;';
  return {
    target: 'node20.19',
    define: { 'import.meta.url': '__importMetaUrl', INPOD_VERSION: JSON.stringify(version) },
    banner: { js: `(function (require, __filename, __dirname) { const module = { exports: {} }; ${importMetaUrl}` },
    footer: { js: '})' },
  };
}

/** ssh2 tries two compiled parts and does without them; left in, their absence would depend on the machine. */
const withoutCompiledParts = {
  name: 'without-compiled-parts',
  setup(builder) {
    builder.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is left out`)})`,
    }));
  },
};

/** Bundles the programs whose inputs changed. */
export async function buildPrograms() {
  mkdirSync(join(projectRoot, 'dist'), { recursive: true });
  // The project's files are ES modules; what the build makes is not.
  writeFileSync(join(projectRoot, 'dist/package.json'), '{ "type": "commonjs" }\n');
  for (const program of programs) if (!isUpToDate(program)) await make(program);
}

async function make(program) {
  const { name, outfile, starter, nodeOptions } = program;
  // V8 tells a stale cache from a fresh one only by the source's length.
  for (const stale of [stampPath(name), `${join(projectRoot, outfile)}.cache`]) rmSync(stale, { force: true });
  const inputs = await bundle(program);
  if (starter !== undefined) makeStarter(outfile, starter, nodeOptions);
  writeFileSync(stampPath(name), JSON.stringify({ inputs, digest: digestOf(inputs) }));
  console.log(`${starter ?? outfile}: ${Math.round(statSync(join(projectRoot, outfile)).size / 1000)} kB`);
}

/** @returns which files of ours went into it */
async function bundle({ name, outfile, options }) {
  // esbuild has printed what is wrong by the time that it rejects.
  const result = await build({
    entryPoints: [`src/app/programs/${name}/main.ts`],
    outfile,
    absWorkingDir: projectRoot,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    legalComments: 'none',
    external: ['ffi-napi'],
    plugins: [withoutCompiledParts, ssh2PacketSize],
    metafile: true,
    logLevel: 'error',
    ...options,
  }).catch(() => process.exit(1));
  return Object.keys(result.metafile.inputs).filter((path) => path.startsWith('src/'));
}

/** V8 takes a code cache only where it has the options that it had when it was made. */
function makeStarter(outfile, starter, nodeOptions) {
  const path = join(projectRoot, starter);
  const interpreter = ['#!/usr/bin/env -S node', ...nodeOptions, '--'].join(' ');
  writeFileSync(path, `${interpreter}\n${readFileSync(join(projectRoot, 'scripts/program-starter.cjs'), 'utf8')}`);
  chmodSync(path, 0o755);
  const run = spawnSync(process.execPath, [...nodeOptions, path, '--version'], {
    encoding: 'utf8',
    env: { ...process.env, INPOD_MAKE_CODE_CACHE: join(projectRoot, outfile) },
  });
  if (run.status !== 0)
    console.log(`${starter}: --version ended with ${run.status ?? run.signal}, so it starts without a code cache\n${run.stderr}`);
}

function isUpToDate({ name, outfile }) {
  if (!existsSync(stampPath(name)) || !existsSync(join(projectRoot, outfile))) return false;
  const { inputs, digest } = JSON.parse(readFileSync(stampPath(name), 'utf8'));
  return inputs.every((path) => existsSync(join(projectRoot, path))) && digestOf(inputs) === digest;
}

function stampPath(name) {
  return join(projectRoot, `dist/.${name}.stamp.json`);
}

/** Packages are covered by the lock file: their many files needn't be read. */
function digestOf(inputs) {
  const hash = createHash('sha256').update(`${esbuildVersion} ${process.version}`);
  for (const path of [
    ...inputs,
    'package.json',
    'package-lock.json',
    'scripts/build-programs.mjs',
    'scripts/ssh2-packet-size.mjs',
    'scripts/program-starter.cjs',
  ])
    hash.update(path).update(readFileSync(join(projectRoot, path)));
  return hash.digest('hex');
}
