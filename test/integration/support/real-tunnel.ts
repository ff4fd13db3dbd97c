import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TunnelHarness } from '../../conformance/tunnel-harness.ts';
import { countProcesses } from './count-processes.ts';

const file = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** Compiled parts of the backends. */
export const nativeFiles = { launcher: file('native/build/inpod-launcher'), nativeLibrary: file('native/build/libinpodtun.so') };

/** Nobody's, so that it needs no account. */
const ordinaryId = 61_234;

/** A folder for one backend's tests, with what all that are real have in common. */
export class RealTunnelBed {
  readonly folder = mkdtempSync(join(tmpdir(), 'inpod-tunnel-'));

  get harness(): Pick<TunnelHarness, 'program' | 'staticProgram' | 'isRoot' | 'snapshot' | 'countProcesses'> {
    const staticClient = join(this.folder, 'static-client');
    execFileSync('gcc', ['-static', '-o', staticClient, file('test/conformance/static-client.c')]);
    return {
      program: [process.execPath, file('test/conformance/tunnel-program.mjs')],
      staticProgram: [staticClient],
      isRoot: process.getuid?.() === 0,
      snapshot: async () => machineSnapshot(),
      countProcesses: (marker) => Promise.resolve(countProcesses(marker)),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Of this machine what a tunnel could change: cards, routes, rules, names; and the firewall, where whoever asks may see it. */
function machineSnapshot(): string {
  const shows = ['ip -brief address', 'ip route show table all', 'ip -6 route show table all', 'ip rule', 'ip -6 rule'];
  const commands = process.getuid?.() === 0 ? [...shows, 'nft list ruleset'] : shows;
  const shown = commands.map((command) => {
    const [program = '', ...args] = command.split(' ');
    return execFileSync(program, args, { encoding: 'utf8', env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });
  });
  return [...shown, ...['/etc/resolv.conf', '/etc/hosts', '/etc/hostname'].map((path) => readText(path))].join('\n');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not every machine has each
  }
}

/**
 * From here on this process is an ordinary user's, for good: for a test file of its own process, as vitest's pool `forks` gives each one.
 * @returns whether it is; not so where such a user couldn't read what the tests load
 */
export function becomeOrdinaryUser(): boolean {
  if (process.getuid?.() !== 0) return true;
  if (!readableByAll(file('package.json')) || !readableByAll(process.execPath)) return false;
  process.setgroups?.([ordinaryId]);
  process.setgid?.(ordinaryId);
  process.setuid?.(ordinaryId);
  return true;
}

function readableByAll(path: string): boolean {
  const isFolder = statSync(path).isDirectory();
  if ((statSync(path).mode & (isFolder ? 0o001 : 0o004)) === 0) return false;
  return path === '/' || readableByAll(dirname(path));
}
