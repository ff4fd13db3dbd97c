import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.mjs';

/**
 * Sees to it that ffi-napi (a fork, compiled at install) loads. `npm ci` can't promise that: node-gyp downloads Node's headers, which a closed network
 * forbids, and npm drops an optional package whose script failed. So it is compiled here with the headers that lie beside this Node, where they do.
 */
export function ensureFfi() {
  if (loads()) return;
  console.log('ffi-napi: compiling (about 12 s)');
  if (!existsSync(join(projectRoot, 'node_modules/ffi-napi'))) npm(['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']);
  npm(['rebuild', '@2060.io/ref-napi', 'ffi-napi']);
  const trouble = loads() ? undefined : loadError();
  if (trouble !== undefined) fail(`it was compiled, but does not load:\n${trouble}`);
}

function loads() {
  return loadError() === undefined;
}

/** In a process of its own: a library that can't be loaded may take its process along. */
function loadError() {
  const node = spawnSync(process.execPath, ['-e', 'require("ffi-napi")'], { cwd: projectRoot, encoding: 'utf8' });
  return node.status === 0 ? undefined : node.stderr;
}

function npm(args) {
  const result = spawnSync('npm', args, { cwd: projectRoot, encoding: 'utf8', env: { ...process.env, ...headersBesideNode() } });
  if (result.status !== 0) fail(`npm ${args.join(' ')} failed:\n${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}`);
}

/** node-gyp then takes the headers from there and downloads nothing. */
function headersBesideNode() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

function fail(text) {
  console.error(`ffi-napi: ${text}`);
  console.error('It needs a C++ compiler, make, Python 3 and the headers of Node. On Debian: sudo apt-get install g++ make python3');
  process.exit(1);
}
