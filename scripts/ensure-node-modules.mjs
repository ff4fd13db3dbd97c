import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';

/** Runs `npm ci` where that was never done. */
export function ensureNodeModules() {
  if (existsSync(join(projectRoot, 'node_modules/.package-lock.json'))) return;
  console.log('npm packages: npm ci');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] });
  if (npm.status !== 0) {
    console.error(`npm ci failed (${npm.error?.message ?? `exit code ${npm.status}`})`);
    process.exit(1);
  }
}
