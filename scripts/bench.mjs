/**
 * npm run bench: what inpod's speed is beside its peers, measured in one run. See bench/README.md.
 *   node scripts/bench.mjs [--json] [--runs 5] [--quick] [--compare FILE] [GROUP | ROW]...
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterRows, paths as clusterPaths, roughRows, scripts } from '../bench/macro/rows.mjs';
import { families, paths as packetPaths } from '../bench/packet-path/rows.mjs';
import { printComparison, printTable } from '../bench/report.mjs';
import { ensureFfi } from './ensure-ffi.mjs';
import { ensureNodeModules } from './ensure-node-modules.mjs';
import { projectRoot } from './project-root.mjs';

const groups = { 'packet-path': families.flatMap(({ rows }) => rows), cluster: clusterRows, 'rough-path': roughRows };
const usage = `usage: npm run bench -- [options] [GROUP | ROW]...

groups: packet-path   needs Linux, a C compiler, iperf3, /dev/net/tun
        cluster       needs INPOD_E2E_KUBECONFIG (a test cluster's), kubectl, and npm run build before
        rough-path    needs that, and INPOD_E2E_KUBE: the program that starts that cluster, and makes the path to it slow, or lossy
Without any: packet-path, and cluster where INPOD_E2E_KUBECONFIG is set.

rows:   ${groups['packet-path'].join(' ')}
        ${clusterRows.join(' ')}
        ${roughRows.join(' ')}

  --json             only {"results":[...]} on stdout
  --runs N           medians of N runs (5)
  --quick            a smoke run: everything is small, and no figure means anything
  --compare FILE     and how the ratios differ from a saved --json, bench/baseline/packet-path.json for example
  --mebibytes N      of a cluster's stream (128)
  --namespace NAME   of the cluster (default)`;

const { values: options, positionals } = parsed();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const quick = options.quick ?? false;
const runs = options.runs ?? (quick ? '1' : '5');
if (!/^[1-9]\d*$/.test(runs)) refuse(`--runs: ${runs} is no number of runs`);
const unknown = positionals.filter((name) => !(name in groups) && !Object.values(groups).flat().includes(name));
if (unknown.length > 0) refuse(`unknown: ${unknown.join(', ')}`);
const kubeconfig = process.env.INPOD_E2E_KUBECONFIG;
const wanted = wantedRows();
if (wanted.some((row) => [...clusterRows, ...roughRows].includes(row)) && !kubeconfig) {
  refuse('the cluster groups need INPOD_E2E_KUBECONFIG, the kubeconfig of a test cluster; nothing was measured');
}
const before = options.compare === undefined ? undefined : savedResults(options.compare);

const results = [...(await packetPath()), ...cluster()];
if (options.json) console.log(JSON.stringify({ results }));
else printTable(results, pathOf);
if (before) printComparison(before, results, options.json ? console.error : console.log);

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        runs: { type: 'string' },
        compare: { type: 'string' },
        mebibytes: { type: 'string', default: '128' },
        namespace: { type: 'string', default: 'default' },
      },
    });
  } catch (error) {
    refuse(error.message);
  }
}

function refuse(message) {
  console.error(`bench: ${message}\nbench: --help lists groups, rows and options`);
  process.exit(2);
}

function wantedRows() {
  if (positionals.length > 0) return positionals.flatMap((name) => groups[name] ?? [name]);
  if (kubeconfig) return [...groups['packet-path'], ...clusterRows];
  console.error('bench: the group cluster is left out: INPOD_E2E_KUBECONFIG is not set');
  return groups['packet-path'];
}

function savedResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).results;
  } catch (error) {
    refuse(`--compare ${file}: ${error.message}`);
  }
}

function pathOf(row) {
  return [...packetPaths, ...clusterPaths].find(({ rows }) => rows.includes(row)).path;
}

async function packetPath() {
  const chosen = families.filter(({ rows }) => rows.some((row) => wanted.includes(row)));
  if (chosen.length === 0) return [];
  // What these say is progress: stdout is for results.
  const { log } = console;
  console.log = console.error;
  ensureNodeModules();
  ensureFfi();
  if (spawnSync('iperf3', ['--version']).status !== 0) fail('iperf3 is missing: sudo apt-get install iperf3');
  const { buildCompiledParts, bundle } = await import('../bench/packet-path/build.mjs');
  buildCompiledParts();
  console.log = log;
  const program = await bundle('packet-path/main.ts', 'packet-path');
  const extent = [runs, quick ? '200' : '1000', ...(quick ? ['quick'] : [])];
  return chosen.flatMap((family) => resultsOf([...(family.nodeFlags ?? []), program, family.name, ...extent]));
}

function cluster() {
  const chosen = scripts.filter(({ rows }) => rows.some((row) => wanted.includes(row)));
  return chosen.flatMap(({ script, size, quick: quickSize }) => {
    const extent = ['--json', '--runs', runs, '--namespace', options.namespace, ...(quick ? quickSize : size(options))];
    return resultsOf([join(projectRoot, 'bench/macro', script), ...extent], { KUBECONFIG: kubeconfig });
  });
}

/** What a script of ours prints: results, of which the wanted ones are returned. */
function resultsOf(args, environment = {}) {
  const env = { ...process.env, ...environment };
  const run = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', env, maxBuffer: 1 << 24 });
  if (run.status !== 0) fail(`${args.join(' ')} ended with ${run.status ?? run.signal}`);
  return JSON.parse(run.stdout).results.filter(({ name }) => wanted.includes(name));
}

function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(1);
}
