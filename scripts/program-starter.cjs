'use strict';
// The build copies it to dist/PROGRAM.js, below a line that names the interpreter; the `--` of that line keeps Node 20 from taking our own --env-file for its.
// Runs PROGRAM.bundle.js with V8's code cache beside it, which halves the time to start; another Node than the one that
// made the cache rejects it, and compiles as always. (Node 22's module.enableCompileCache does the same; Node 20 hasn't got it.)
const { readFileSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const vm = require('node:vm');

const bundle = join(__dirname, `${basename(__filename, '.js')}.bundle.js`);
const script = new vm.Script(readFileSync(bundle, 'utf8'), {
  filename: bundle,
  cachedData: readCache(`${bundle}.cache`),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
// The build makes the cache by running the program once through here; what was compiled by its end is in it.
if (process.env.INPOD_MAKE_CODE_CACHE === bundle) {
  process.on('exit', () => writeFileSync(`${bundle}.cache`, script.createCachedData()));
}
script.runInThisContext()(require, __filename, __dirname);

function readCache(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
