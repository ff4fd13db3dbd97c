// Compiles native/: the launcher and the TUN library; `node scripts/build-native.mjs`, or buildNative() from another script.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const nativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));
const buildDirectory = join(nativeDirectory, 'build');
const commonFlags = [
  '-std=c11',
  '-D_GNU_SOURCE',
  '-O2',
  '-g',
  '-Wall',
  '-Wextra',
  // A newer compiler's new warning is for us to see, not for a user to stumble over.
  ...(process.env.CI ? ['-Werror'] : []),
  '-fstack-protector-strong',
  '-fPIC',
  '-I',
  'include',
];

/** What is made of which folder. `golden-messages` serves a test only. */
const targets = [
  { output: 'inpod-launcher', folder: 'launcher', flags: ['-pie'] },
  { output: 'libinpodtun.so', folder: 'tun', flags: ['-shared', '-fvisibility=hidden', '-pthread'] },
  { output: 'golden-messages', folder: 'test', flags: ['-pie'] },
];

/**
 * Compiles what changed since the last time, by content.
 * @param {{ quiet?: boolean }} [options] - `quiet` prints nothing where all is up to date
 * @returns {{ launcher: string, tunLibrary: string, goldenMessages: string }} paths of what was made
 * @throws Error with what to install, or the compiler's messages
 */
export function buildNative(options = {}) {
  if (process.platform !== 'linux') throw new Error('native/ is for Linux: on other systems there is no tun backend to build');
  mkdirSync(buildDirectory, { recursive: true });
  for (const target of targets) buildTarget(target, options.quiet ?? false);
  const [launcher, tunLibrary, goldenMessages] = targets.map((target) => join(buildDirectory, target.output));
  return { launcher, tunLibrary, goldenMessages };
}

function buildTarget(target, quiet) {
  const output = join(buildDirectory, target.output);
  const stamp = `${output}.sha256`;
  const hash = hashOf(target);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    if (!quiet) console.log(`native/build/${target.output}: up to date`);
    return;
  }
  const started = Date.now();
  compile(target, output);
  writeFileSync(stamp, hash);
  console.log(`native/build/${target.output}: compiled in ${Date.now() - started} ms`);
}

function sourcesOf(folder, suffix) {
  const names = readdirSync(join(nativeDirectory, folder));
  return names
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(folder, name));
}

/** Of all that the compiler will read of ours, and how it is called. */
function hashOf(target) {
  const hash = createHash('sha256').update(JSON.stringify([process.arch, commonFlags, target]));
  const files = [...sourcesOf('include', '.h'), ...sourcesOf(target.folder, '.h'), ...sourcesOf(target.folder, '.c')];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(nativeDirectory, file)));
  return hash.digest('hex');
}

/** Into a file of its own, then renamed: a build beside this one, or a launcher that runs, never sees half of it. */
function compile(target, output) {
  const partial = `${output}.${process.pid}`;
  const args = [...commonFlags, ...target.flags, '-o', partial, ...sourcesOf(target.folder, '.c')];
  const result = spawnSync(findCompiler(), args, { cwd: nativeDirectory, encoding: 'utf8' });
  if (result.status !== 0) {
    rmSync(partial, { force: true });
    throw new Error(`native/build/${target.output} doesn't compile:\n${result.error?.message ?? ''}${result.stderr ?? ''}`);
  }
  renameSync(partial, output);
}

function findCompiler() {
  const wanted = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  const found = wanted.find((name) =>
    name.includes('/') ? existsSync(name) : searchPath().some((folder) => existsSync(join(folder, name))),
  );
  if (found) return found;
  const packages =
    'Debian, Ubuntu: sudo apt-get install gcc libc6-dev; Fedora: sudo dnf install gcc glibc-devel; Alpine: sudo apk add gcc musl-dev linux-headers';
  throw new Error(`no C compiler (${wanted.join(', ')}) in PATH. ${packages}`);
}

function searchPath() {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    buildNative();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
