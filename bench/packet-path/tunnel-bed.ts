import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelOfDescriptor } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { BatchSink } from '../../src/adapters/tun/batch-sink.ts';
import { NativeFrameDevice } from '../../src/adapters/tun/frame-device.ts';
import { LauncherProcess } from '../../src/adapters/tun/launcher-process.ts';
import { loadNativeLibrary } from '../../src/adapters/tun/native-library.ts';
import { PacketPump } from '../../src/adapters/tun/packet-pump.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import { NetStack } from '../../src/domain/netstack/net-stack.ts';
import type { PendingTcp } from '../../src/domain/netstack/stack-events.ts';
import type { DatagramChannel } from '../../src/domain/ports/link-port.ts';
import type { TunnelLease } from '../../src/domain/ports/tunnel-port.ts';
import { compiledFiles } from './compiled-files.ts';

/** Where the kernel program's traffic goes to. */
export interface FarSide {
  /** The far end of a connection to `port`. */
  dial?(port: number): ByteChannel;
  openDatagrams?(): DatagramChannel;
}

/** A tunnel in which one command is run. */
type Bed = Pick<TunnelLease, 'spawn' | 'close'>;

const tunnel = new TunTunnel(compiledFiles, { connected: channelOfDescriptor, listening: listenOnDescriptor });
const gateway = ip('192.0.2.1');
const child = {
  hostname: 'bench',
  addresses: [ip('192.0.2.2')],
  gateway,
  files: { resolvConf: `nameserver ${String(gateway)}\n`, hosts: '127.0.0.1 localhost\n' },
};
const mtuBytes = 65_520;

/** An address behind the tunnel, fifteen more after it (RFC 5737 §3: nobody's). */
export const farAddress = '198.51.100.16';

type Arguments = readonly (string | number)[];

/** Runs traffic.c with `args` in the namespaces of a tunnel of its own, which leads to `farSide`. @returns what it reports */
export async function runInTunnel<Report>(args: Arguments, farSide: FarSide = {}): Promise<Report> {
  const outbound = {
    dial: ({ port }: { port: number }) => Promise.resolve(made(farSide.dial?.(port))),
    openDatagrams: () => made(farSide.openDatagrams?.()),
    resolve: () => Promise.reject(new Error('nothing asks for names')),
  };
  return run(await tunnel.open({ sessionId: 'bench', ...child, outbound }, [], new AbortController().signal), args);
}

/** As `runInTunnel`, with the packet core's own streams as the far side: no relay, and no channel behind it. */
export async function runOnStack<Report>(args: Arguments, opened: (pending: PendingTcp) => void): Promise<Report> {
  return run(await openStack(opened), args);
}

async function run<Report>(bed: Bed, args: Arguments): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'inpod-bench-'));
  const report = join(folder, 'report.json');
  try {
    const argv = [compiledFiles.traffic, report, ...args.map(String)];
    const program = await bed.spawn({ argv, environment: [], cwd: '/', umask: 0o022 });
    const exit = await program.exited;
    if (exit.code !== 0) throw new Error(`${argv.join(' ')} ended with ${exit.code ?? `signal ${exit.signal}`}`);
    return JSON.parse(await readFile(report, 'utf8')) as Report;
  } finally {
    await bed.close();
    await rm(folder, { recursive: true });
  }
}

/** What `TunTunnel` does, up to the packet core. */
async function openStack(tcpOpened: (pending: PendingTcp) => void): Promise<Bed> {
  const fail = (error: Error): never => {
    throw error;
  };
  const library = loadNativeLibrary(compiledFiles.nativeLibrary);
  const doorbell = library.openDoorbell(fail);
  const configuration = { ...child, ...child.files, mtuBytes, plainTun: false };
  const options = { launcherPath: compiledFiles.launcher, library, doorbell, inherited: [], configuration };
  const launcher = await LauncherProcess.open(options, new AbortController().signal);
  const device = new NativeFrameDevice(library, doorbell, launcher.facts.tunFd, () => fail(new Error('the kernel refused a frame')));
  const sink = new BatchSink(device);
  const events = { tcpOpened, udpOpened: () => undefined, pollWanted: () => pump.pollSoon() };
  const randomU32 = () => randomBytes(4).readUInt32LE();
  const { copyBytes } = device;
  const stack = new NetStack({ mtuBytes, virtioHeader: true, gatewayAddresses: [gateway], randomU32, copyBytes, sink, events });
  const pump = new PacketPump({ device, stack, sink, failed: fail });
  pump.start();
  const close = async () => {
    await launcher.close();
    pump.stop();
    stack.close();
    device.close();
    doorbell.close();
  };
  return { spawn: (command) => launcher.spawn(command), close };
}

function made<T>(channel: T | undefined): T {
  if (channel === undefined) throw new Error('this row opens nothing of the kind');
  return channel;
}
