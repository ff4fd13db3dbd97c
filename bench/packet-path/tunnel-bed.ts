import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { channelOfDescriptor } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { DatagramChannel } from '../../src/domain/ports/link-port.ts';

/** Where the kernel program's traffic goes to. */
export interface FarSide {
  /** The far end of a connection to `port`. */
  dial?(port: number): ByteChannel;
  openDatagrams?(): DatagramChannel;
}

// Of the bundle in dist/bench/.
const root = new URL('../../', import.meta.url);
const traffic = fileURLToPath(new URL('dist/bench/traffic', root));
const tunnel = new TunTunnel(
  {
    launcher: fileURLToPath(new URL('native/build/inpod-launcher', root)),
    nativeLibrary: fileURLToPath(new URL('native/build/libinpodtun.so', root)),
  },
  { connected: channelOfDescriptor, listening: listenOnDescriptor },
);

/** An address behind the tunnel, fifteen more after it (RFC 5737 §3: nobody's). */
export const farAddress = '198.51.100.16';

/** Runs traffic.c with `args` in the namespaces of a tunnel of its own, which leads to `farSide`. @returns what it reports */
export async function runInTunnel<Report>(args: readonly (string | number)[], farSide: FarSide = {}): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'inpod-bench-'));
  const report = join(folder, 'report.json');
  const lease = await open(farSide);
  try {
    const argv = [traffic, report, ...args.map(String)];
    const child = await lease.spawn({ argv, environment: [], cwd: '/', umask: 0o022 });
    const exit = await child.exited;
    if (exit.code !== 0) throw new Error(`${argv.join(' ')} ended with ${exit.code ?? `signal ${exit.signal}`}`);
    return JSON.parse(await readFile(report, 'utf8')) as Report;
  } finally {
    await lease.close();
    await rm(folder, { recursive: true });
  }
}

function open(farSide: FarSide) {
  const gateway = ip('192.0.2.1');
  return tunnel.open(
    {
      sessionId: 'bench',
      hostname: 'bench',
      addresses: [ip('192.0.2.2')],
      gateway,
      files: { resolvConf: `nameserver ${String(gateway)}\n`, hosts: '127.0.0.1 localhost\n' },
      outbound: {
        dial: ({ port }) => Promise.resolve(made(farSide.dial?.(port))),
        openDatagrams: () => made(farSide.openDatagrams?.()),
        resolve: () => Promise.reject(new Error('nothing asks for names')),
      },
    },
    [],
    new AbortController().signal,
  );
}

function made<T>(channel: T | undefined): T {
  if (channel === undefined) throw new Error('this row opens nothing of the kind');
  return channel;
}
