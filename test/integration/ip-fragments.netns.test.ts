import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchSink } from '../../src/adapters/tun/batch-sink.ts';
import { NativeFrameDevice } from '../../src/adapters/tun/frame-device.ts';
import { LauncherProcess } from '../../src/adapters/tun/launcher-process.ts';
import { loadNativeLibrary } from '../../src/adapters/tun/native-library.ts';
import { PacketPump } from '../../src/adapters/tun/packet-pump.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import { NetStack } from '../../src/domain/netstack/net-stack.ts';
import type { UdpFlow } from '../../src/domain/netstack/stack-events.ts';

const program = fileURLToPath(new URL('support/large-datagrams.mjs', import.meta.url));
const built = (name: string) => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A namespace whose TUN has this MTU, with a stack on the far side. */
async function openSession(mtuBytes: number, udpOpened: (flow: UdpFlow) => void) {
  const fail = (error: Error): void => {
    throw error;
  };
  const library = loadNativeLibrary(built('libinpodtun.so'));
  const doorbell = library.openDoorbell(fail);
  closing.push(() => doorbell.close());
  const addresses = [ip('10.0.0.2'), ip('fd00::2')];
  const configuration = { hostname: 'large', addresses, gateway: ip('10.0.0.1'), mtuBytes, plainTun: false, resolvConf: '', hosts: '' };
  const launcher = await LauncherProcess.open(
    { launcherPath: built('inpod-launcher'), library, doorbell, inherited: [], configuration },
    new AbortController().signal,
  );
  const device = new NativeFrameDevice(library, doorbell, launcher.facts.tunFd, () => {
    throw new Error('the kernel refused a frame');
  });
  closing.push(() => device.close());
  const sink = new BatchSink(device);
  const stack = new NetStack({
    mtuBytes,
    virtioHeader: true,
    gatewayAddresses: [],
    randomU32: () => 12_345,
    sink,
    events: { tcpOpened: (pending) => pending.refuse('refused'), udpOpened, pollWanted: () => pump.pollSoon() },
  });
  const pump: PacketPump = new PacketPump({ device, stack, sink, failed: fail });
  closing.push(
    () => pump.stop(),
    () => launcher.close(),
  );
  pump.start();
  const run = async (argument: object) => {
    const argv = [process.execPath, program, JSON.stringify(argument)];
    const environment = Object.entries(process.env).map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value ?? '') }));
    const child = await launcher.spawn({ argv, environment, cwd: '/', umask: 0o022 });
    return child.exited;
  };
  return { stack, run };
}

describe.each([
  [1500, 4, '192.0.2.7'],
  [1500, 6, '2001:db8::7'],
  [65_520, 4, '192.0.2.7'],
  [65_520, 6, '2001:db8::7'],
] as const)('MTU %i, IPv%i', (mtuBytes, version, host) => {
  it('datagrams up to the largest pass both ways, cut by the kernel and by the stack', async () => {
    const sizes = [1472, 1473, 9000, 60_000, 65_507];
    const seen: number[] = [];
    const { stack, run } = await openSession(mtuBytes, (flow) => {
      flow.onDatagram = (bytes, start, end) => {
        seen.push(end - start);
        flow.send(bytes.subarray(start, end));
      };
    });
    expect(await run({ act: 'echo', host, version, sizes })).toEqual({ code: 0 });
    expect(seen).toEqual(sizes);
    const cut = sizes.filter((count) => count + (version === 4 ? 28 : 48) > mtuBytes).length;
    expect([stack.counters.datagramsReassembled, stack.counters.datagramsFragmented]).toEqual([cut, cut]);
  });

  it('a datagram for a socket that was closed closes its flow', async () => {
    let closed: () => void = () => undefined;
    const hasClosed = new Promise<void>((resolve) => (closed = resolve));
    let first: UdpFlow | undefined;
    const { stack, run } = await openSession(mtuBytes, (flow) => {
      // The program sends from one socket, closes it, then sends from another, and waits for the answer.
      if (!first) {
        first = flow;
        flow.onClosed = closed;
        return;
      }
      first.send(new Uint8Array(3000));
      flow.onDatagram = (bytes, start, end) => void flow.send(bytes.subarray(start, end));
    });
    expect(await run({ act: 'close', host, version })).toEqual({ code: 0 });
    await hasClosed;
    expect([stack.counters.icmpErrorsIn, first?.send(new Uint8Array(1))]).toEqual([1, false]);
  });
});
