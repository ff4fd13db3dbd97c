#!/usr/bin/env node
// Makes what `npx inpod` runs: three program files in dist/ and, on Linux, the compiled parts. Prints one line a step, nothing for a step that is up to date.
import { ensureFfi } from './ensure-ffi.mjs';
import { ensureNodeModules } from './ensure-node-modules.mjs';

ensureNodeModules();
// Imported only now: what they need is installed by the line above.
const { buildPrograms } = await import('./build-programs.mjs');
await buildPrograms();
if (process.platform === 'linux') {
  const { buildNative } = await import('./build-native.mjs');
  buildNative();
  ensureFfi();
} else {
  console.log(`native parts: left out, they are for Linux (this is ${process.platform})`);
}
