// Nanoseconds and allocations of single functions of the packet path: node bench/micro/run.mjs
import { spawnSync } from 'node:child_process';
import { buildCompiledParts, bundle } from '../packet-path/build.mjs';

buildCompiledParts();
const program = await bundle('micro/functions.ts', 'micro');
const flags = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512'];
process.exitCode = spawnSync(process.execPath, [...flags, program], { stdio: 'inherit' }).status ?? 1;
