// Makes what the packet path's rows run, in dist/bench/: a bundle, since Node 20 runs no TypeScript, and the kernel program.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from '../../scripts/build-native.mjs';
import { projectRoot } from '../../scripts/project-root.mjs';

const folder = join(projectRoot, 'dist/bench');

/** Bundles a TypeScript file of bench/. @returns the bundle's path */
export async function bundle(source, name) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(projectRoot, 'bench', source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['ffi-napi'],
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}

/** Launcher, TUN library and traffic.c. */
export function buildCompiledParts() {
  buildNative({ quiet: true });
  mkdirSync(folder, { recursive: true });
  const source = join(projectRoot, 'bench/packet-path/traffic.c');
  const args = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-o', join(folder, 'traffic'), source];
  const made = spawnSync(process.env.CC ?? 'cc', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`traffic.c doesn't compile: ${made.error?.message ?? made.stderr}`);
}
