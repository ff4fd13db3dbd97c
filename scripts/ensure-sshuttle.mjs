import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';

/** Of the tests alone; `test/support/newest-sshuttle.ts` looks there. */
const folder = join(projectRoot, 'node_modules/.cache/sshuttle-newest');
const limitMs = 120_000;

/**
 * Installs PyPI's newest sshuttle into a folder of the tests, which then are run with it too, beside the system's. One that is there already will do where PyPI isn't reached.
 * @returns why there is none, as lines
 */
export function ensureNewestSshuttle() {
  if (process.platform !== 'linux') return [];
  const python = join(folder, 'bin/python');
  const steps = [
    ...(existsSync(python) ? [] : [['python3', '-m', 'venv', folder]]),
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--upgrade', 'sshuttle'],
  ];
  const failed = steps.map(([program, ...args]) => run(program, args)).find((failure) => failure !== undefined);
  if (existsSync(join(folder, 'bin/sshuttle'))) return [];
  return [`PyPI's newest sshuttle can't be installed, so it can't be tested: ${failed}`];
}

/** @returns the last line of what went wrong */
function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: limitMs });
  return status === 0 ? undefined : (error?.message ?? stderr?.trim().split('\n').at(-1));
}
