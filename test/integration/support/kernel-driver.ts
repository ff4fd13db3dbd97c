/**
 * The session of one test file, in a process of its own so that it can be an ordinary user's: namespaces, TUN, pump and packet core as `TunTunnel` makes them,
 * a faulty path between, and the far side behind it. The session's command is the shell of namespace-program.py, on this process's stdin and stdout.
 * What the test asks comes over ipc.
 */
import { readFileSync } from 'node:fs';
import { openCaptureFile } from '../../../src/adapters/host/capture-file.ts';
import { channelOfDescriptor } from '../../../src/adapters/host/socket-channel.ts';
import { systemClock } from '../../../src/adapters/host/system-clock.ts';
import { NativeFrameDevice } from '../../../src/adapters/tun/frame-device.ts';
import { LauncherProcess } from '../../../src/adapters/tun/launcher-process.ts';
import { loadNativeLibrary } from '../../../src/adapters/tun/native-library.ts';
import { PacketPath } from '../../../src/adapters/tun/packet-path.ts';
import type { FrameFaults } from '../../../src/domain/netstack/device/fault-injector.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { seededRandom } from '../../support/netstack/rough-path.ts';
import { FaultyFrameDevice } from './faulty-frame-device.ts';
import { gateway, podAddresses } from './kernel-addresses.ts';
import { KernelNetwork, type FarSide } from './kernel-network.ts';
import { TcpWatch } from './tcp-watch.ts';

export interface DriverPlan {
  readonly launcherPath: string;
  readonly libraryPath: string;
  readonly programPath: string;
  readonly device: 'best' | 'plain';
  readonly seed: number;
  readonly capturePath: string | undefined;
}

/** What the test asks; each is answered once, in order. */
export type DriverRequest =
  { readonly faults: FrameFaults } | { readonly floodPort: number } | { readonly ask: 'seen' | 'release' | 'close' };

export interface DriverAnswer {
  readonly seen: FarSide;
  readonly injected: FaultyFrameDevice['injected'];
  readonly vnetHeaderBytes: number;
  readonly mtuBytes: number;
  readonly flows: number;
  readonly mostFlows: number;
  readonly opensEvicted: number;
  /** Resident memory of this process. */
  readonly rssBytes: number;
}

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DriverPlan;
const fail = (error: Error): never => {
  throw error;
};
const watch = new TcpWatch();
const library = loadNativeLibrary(plan.libraryPath);
const doorbell = library.openDoorbell(fail);
const configuration = {
  hostname: 'kernel-test',
  addresses: podAddresses.map(ip),
  gateway: ip(gateway),
  mtuBytes: 65_520,
  plainTun: plan.device === 'plain',
  resolvConf: `nameserver ${gateway}\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
};
const launcher = await LauncherProcess.open(
  { launcherPath: plan.launcherPath, library, doorbell, inherited: [0, 1, 2], configuration },
  new AbortController().signal,
);
const { facts } = launcher;
const device = new NativeFrameDevice(library, doorbell, facts.tunFd, () => {
  // Of those whose first bits were flipped it is expected.
  if (faulty.injected.corruption === 0) throw new Error('the kernel refused a frame');
});
const faulty = new FaultyFrameDevice(device, facts.vnetHeaderBytes > 0, seededRandom(plan.seed));
const network = new KernelNetwork();
const file = plan.capturePath === undefined ? undefined : openCaptureFile(plan.capturePath, systemClock);
const path = new PacketPath({
  device: faulty,
  facts,
  gateway: ip(gateway),
  outbound: network,
  capture: file && ((packet) => file.write(packet)),
  failed: fail,
});
const variables = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/tmp', LANG: 'C.UTF-8' };
await launcher.spawn({
  argv: ['/usr/bin/python3', plan.programPath, 'shell'],
  environment: Object.entries(variables).map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value) })),
  cwd: '/tmp',
  umask: 0o022,
});

async function close(): Promise<void> {
  await launcher.close();
  path.close();
  doorbell.close();
  file?.close();
  process.disconnect();
}

/** Connects within the session, as soon as somebody listens, and sends as long as there is room. */
async function flood(port: number): Promise<void> {
  for (;;) {
    const fd = await launcher.connect(ip('127.0.0.1'), port).catch(() => undefined);
    if (fd !== undefined) return network.flood(channelOfDescriptor(fd));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function answer(): void {
  const { vnetHeaderBytes, mtuBytes } = facts;
  const { flows, mostFlows, opensEvicted } = watch;
  const held = { flows, mostFlows, opensEvicted, rssBytes: process.memoryUsage.rss() };
  process.send?.({ seen: network.seen, injected: faulty.injected, vnetHeaderBytes, mtuBytes, ...held } satisfies DriverAnswer);
}

process.on('message', (request: DriverRequest) => {
  if ('faults' in request) faulty.faults = request.faults;
  else if ('floodPort' in request) void flood(request.floodPort);
  else if (request.ask === 'release') network.release();
  else if (request.ask === 'close') return void close();
  answer();
});
process.once('disconnect', () => process.exit());
answer();
