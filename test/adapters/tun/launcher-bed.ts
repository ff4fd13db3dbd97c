import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { compileNative } from './launcher-build.ts';
import type { DriverPlan, DriverReport } from './launcher-driver.ts';

const userName = 'inpod-launcher';
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Who runs the driver. */
export interface Person {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The paths that a driver's plan names, compiled. */
export interface Built {
  readonly launcherPath: string;
  readonly libraryPath: string;
  readonly driverPath: string;
}

/** Compiles native/, and the driver into one file below it: it must find node_modules. */
export async function buildLauncher(): Promise<Built> {
  const { launcher, tunLibrary } = await compileNative();
  const driverPath = join(root, 'native/build/launcher-driver.mjs');
  const entryPoints = [join(root, 'test/adapters/tun/launcher-driver.ts')];
  buildSync({ entryPoints, bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['ffi-napi'], outfile: driverPath });
  return { launcherPath: launcher, libraryPath: tunLibrary, driverPath };
}

/** Whether ffi-napi is compiled: without it nothing of this can run. */
export function hasFfi(): boolean {
  try {
    createRequire(import.meta.url)('ffi-napi');
    return true;
  } catch {
    return false; // reported as skipped tests
  }
}

/**
 * Who the tests run as: root and an ordinary user made for them where the tests are root's, else just the caller.
 * /dev/net/tun is open to all from `openTun`, called before each test, until `restore`.
 */
export function makePeople(): { readonly people: readonly Person[]; openTun(): void; restore(): void } {
  if (process.getuid?.() !== 0) {
    const myself = { name: 'ordinary user', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    return { people: [myself], openTun: () => undefined, restore: () => undefined };
  }
  const mode = statSync('/dev/net/tun').mode & 0o7777;
  const existed = spawnSync('id', [userName]).status === 0;
  if (!existed) execFileSync('useradd', ['--no-create-home', '--home-dir', '/tmp', '--shell', '/bin/bash', userName]);
  const openTun = (): void => chmodSync('/dev/net/tun', 0o666);
  const id = (flag: string): number => Number(execFileSync('id', [flag, userName], { encoding: 'utf8' }));
  const ordinary = { name: 'ordinary user', uid: id('-u'), gid: id('-g') };
  return {
    people: [{ name: 'root', uid: 0, gid: 0 }, ordinary],
    openTun,
    restore() {
      chmodSync('/dev/net/tun', mode);
      if (!existed) execFileSync('userdel', [userName]);
    },
  };
}

/** A plan with what most tests don't care about. */
export function makePlan(built: Built, argv: readonly string[], changes: Partial<DriverPlan> = {}): DriverPlan {
  return {
    launcherPath: built.launcherPath,
    libraryPath: built.libraryPath,
    reportFd: 3,
    argv,
    cwd: '/tmp',
    umask: 0o022,
    environment: environmentOf({
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: '/tmp',
      LANG: 'C.UTF-8',
      PS1: 'inner> ',
      TERM: 'dumb',
    }),
    inherited: [0, 1, 2],
    hostname: 'pod-abc',
    addresses: ['10.42.0.9', 'fd00:42::9'],
    gateway: '10.42.0.1',
    resolvConf: 'nameserver 10.42.0.1\nsearch default.svc.cluster.local\noptions ndots:5\n',
    hosts: '127.0.0.1 localhost\n10.42.0.9 pod-abc\n',
    ...changes,
  };
}

export function environmentOf(variables: Readonly<Record<string, string | Buffer>>): DriverPlan['environment'] {
  return Object.entries(variables).map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const);
}

/** Into a file of `directory`: an argument couldn't hold a large environment. @returns its path */
export function writePlan(directory: string, plan: DriverPlan): string {
  const path = join(directory, 'plan.json');
  writeFileSync(path, JSON.stringify(plan));
  return path;
}

/** A driver that runs, with pipes for its first three descriptors. */
export class DriverRun {
  readonly process: ChildProcess;
  readonly ended: Promise<number | undefined>;
  readonly reports: DriverReport[] = [];
  stdout = '';
  stderr = '';
  readonly #waiting = new Set<() => void>();

  constructor(built: Built, person: Person, plan: DriverPlan) {
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as ('pipe' | 'ignore')[];
    for (let fd = 4; fd <= Math.max(...plan.inherited); fd++) stdio[fd] = plan.inherited.includes(fd) ? 'pipe' : 'ignore';
    const options = { stdio, uid: person.uid, gid: person.gid, cwd: '/tmp', detached: true } as const;
    const directory = makeDirectory();
    this.process = spawn(process.execPath, [built.driverPath, writePlan(directory.path, plan)], options);
    this.process.once('close', () => directory.remove());
    for (const stream of this.process.stdio) stream?.on('error', () => undefined); // it may end without having read all
    this.#collect(1, (text) => (this.stdout += text));
    this.#collect(2, (text) => (this.stderr += text));
    this.#readReports();
    this.ended = new Promise((resolve) => this.process.once('close', (code) => resolve(code ?? undefined)));
  }

  /** The descriptor's other end. */
  stream(fd: number): NodeJS.ReadWriteStream {
    return this.process.stdio[fd] as unknown as NodeJS.ReadWriteStream;
  }

  /** Waits for what `find` finds among all that was said and reported. */
  async until<T>(find: (run: DriverRun) => T | undefined, timeoutMs = 10_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = find(this);
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`not seen in ${timeoutMs} ms; stdout ${this.stdout} stderr ${this.stderr} reports ${JSON.stringify(this.reports)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  /** The one report of this kind, once it is there. */
  report<E extends DriverReport['event']>(event: E): Promise<Extract<DriverReport, { event: E }>> {
    return this.until((run) => run.reports.find((report): report is Extract<DriverReport, { event: E }> => report.event === event));
  }

  #collect(fd: number, add: (text: string) => void): void {
    this.process.stdio[fd]?.on('data', (bytes: Buffer) => {
      add(bytes.toString());
      this.#wake();
    });
  }

  #readReports(): void {
    let rest = '';
    this.process.stdio[3]?.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.reports.push(...lines.map((line) => JSON.parse(line) as DriverReport));
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Processes whose environment or command line has `marker`: descendants of one test's child. */
export function processesMarked(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid && readMaybe(`/proc/${pid}/cmdline`).includes(marker) && !readMaybe(`/proc/${pid}/stat`).includes(') Z '),
    );
}

/** Whether it runs: a zombie doesn't. */
export function isAlive(pid: number): boolean {
  const status = readMaybe(`/proc/${pid}/stat`);
  return status !== '' && !status.includes(') Z ');
}

function readMaybe(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Waits until `holds`, looking every 10 ms: for what /proc says no event can be had. @returns whether it held in time */
export async function becomesTrue(holds: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** Mounts of this machine, but for those of the test cluster's pods, which come and go. */
function steadyMounts(): string {
  const lines = readMaybe('/proc/self/mountinfo').split('\n');
  return lines.filter((line) => !/^\/(var|run\/netns)\b/.test(line.split(' ')[4] ?? '')).join('\n');
}

/** What a session must not change on the host. */
export function hostState(): Record<string, string> {
  const text = (path: string): string => readMaybe(path);
  const run = (command: string, args: string[]): string => spawnSync(command, args, { encoding: 'utf8' }).stdout;
  return {
    mounts: steadyMounts(),
    resolvConf: text('/etc/resolv.conf'),
    hosts: text('/etc/hosts'),
    nsswitch: text('/etc/nsswitch.conf'),
    etc: readdirSync('/etc').sort().join(' '),
    tuns: run('ip', ['-o', 'tuntap', 'show']),
    routes: run('ip', ['route']) + run('ip', ['-6', 'route']),
    hostname: text('/proc/sys/kernel/hostname'),
    ports: text('/proc/sys/net/ipv4/ip_unprivileged_port_start'),
  };
}

/** A directory that the person may write, removed by the caller. */
export function makeDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'inpod-launcher-'));
  chmodSync(path, 0o777);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
