/**
 * A program for the launcher's integration tests: what `inpod run` is to the launcher, and nothing else. It runs as
 * whatever user the test starts it, on a terminal or not. argv[2] is the path of a `DriverPlan`; what happens is written to
 * descriptor `reportFd`, one line of JSON each.
 */
import { readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { AppError } from '../../../src/domain/errors.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { FrameBatch } from '../../../src/adapters/tun/frame-batch.ts';
import { LauncherProcess } from '../../../src/adapters/tun/launcher-process.ts';
import { loadNativeLibrary, type NativeLibrary } from '../../../src/adapters/tun/native-library.ts';

export interface DriverPlan {
  readonly launcherPath: string;
  readonly libraryPath: string;
  readonly reportFd: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly umask: number;
  readonly openFilesLimit?: number;
  /** Values as base64: they need not be UTF-8. */
  readonly environment: readonly (readonly [string, string])[];
  readonly inherited: readonly number[];
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly gateway: string;
  readonly resolvConf: string;
  readonly hosts: string;
  /** A loopback port of the namespace to connect to, and one to listen on, once the child says a line. */
  readonly sockets?: { readonly connect: number; readonly listen: number };
}

export type DriverReport =
  | {
      readonly event: 'ready';
      readonly launcherPid: number;
      readonly offloads: number;
      readonly userNamespace: boolean;
      readonly noIpv6: boolean;
    }
  | { readonly event: 'spawned'; readonly pid: number; readonly procError: number }
  | { readonly event: 'frame'; readonly hex: string }
  | { readonly event: 'socket'; readonly what: string; readonly outcome: string }
  | { readonly event: 'exited'; readonly code: number | undefined; readonly signal: number | undefined }
  | { readonly event: 'failed'; readonly code: string; readonly message: string; readonly hint: string | undefined };

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DriverPlan;

function report(line: DriverReport): void {
  writeSync(plan.reportFd, `${JSON.stringify(line)}\n`);
}

process.exitCode = await run();

async function run(): Promise<number> {
  const library = loadNativeLibrary(plan.libraryPath);
  const doorbell = library.openDoorbell((error) => {
    throw error;
  });
  const { launcherPath, inherited } = plan;
  const addresses = plan.addresses.map(ip);
  const configuration = {
    hostname: plan.hostname,
    addresses,
    gateway: ip(plan.gateway),
    mtuBytes: 65520,
    plainTun: false,
    resolvConf: plan.resolvConf,
    hosts: plan.hosts,
  };
  process.on('SIGTSTP', () => undefined);
  try {
    const launcher = await LauncherProcess.open(
      { launcherPath, library, doorbell, inherited, configuration },
      new AbortController().signal,
    );
    const { tunFd, launcherPid, offloads, userNamespace, noIpv6 } = launcher.facts;
    report({ event: 'ready', launcherPid, offloads, userNamespace, noIpv6 });
    const watch = doorbell.watch(tunFd, () => {
      reportFrames(library, tunFd);
      watch.arm();
    });
    watch.arm();
    try {
      return await runChild(launcher);
    } finally {
      await launcher.close();
      watch.close();
      library.closeDescriptor(tunFd);
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    report({ event: 'failed', code: error.code, message: error.message, hint: error.hint });
    return 125;
  } finally {
    doorbell.close();
  }
}

async function runChild(launcher: LauncherProcess): Promise<number> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => launcher.signal(constants.signals[signal]));
  const environment = plan.environment.map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value, 'base64') }));
  const child = await launcher.spawn({
    argv: plan.argv,
    environment,
    cwd: plan.cwd,
    umask: plan.umask,
    openFilesLimit: plan.openFilesLimit,
  });
  report({ event: 'spawned', pid: child.pid, procError: (child as unknown as { procError: number }).procError });
  if (plan.sockets) await trySockets(launcher, plan.sockets);
  const { code, signal } = await child.exited;
  report({ event: 'exited', code, signal });
  return code ?? 128 + (signal ?? 0);
}

function reportFrames(library: NativeLibrary, tunFd: number): void {
  const batch = new FrameBatch(8);
  const count = library.readFrames(tunFd, batch);
  for (let i = 0; i < count; i++) report({ event: 'frame', hex: Buffer.from(batch.frame(i).subarray(0, 128)).toString('hex') });
}

async function trySockets(launcher: LauncherProcess, ports: { connect: number; listen: number }): Promise<void> {
  for (const [what, port] of Object.entries(ports)) {
    const ask = what === 'connect' ? launcher.connect(ip('127.0.0.1'), port) : launcher.listen(ip('127.0.0.1'), port);
    const outcome = await ask.then(
      () => 'ok',
      (error: Error & { errno?: string }) => error.errno ?? error.message,
    );
    report({ event: 'socket', what, outcome });
  }
}
