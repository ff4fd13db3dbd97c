/**
 * Single functions of the packet path: nanoseconds and bytes of JavaScript objects for each call. Prints a table; nothing is asked for.
 * `node bench/micro/run.mjs` makes the bundle and starts it with the flags that it needs.
 */
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { loadNativeLibrary } from '../../src/adapters/tun/native-library.ts';
import { PacketPool } from '../../src/domain/netstack/buffer/packet-pool.ts';
import { RingBuffer } from '../../src/domain/netstack/buffer/ring-buffer.ts';
import { FlowKey } from '../../src/domain/netstack/flow-key.ts';
import { parsePacket } from '../../src/domain/netstack/packet-parser.ts';
import { sumWords } from '../../src/domain/netstack/wire/internet-checksum.ts';
import { IpPacket } from '../../src/domain/netstack/wire/ip-packet.ts';
import { parseTcp, TcpSegment } from '../../src/domain/netstack/wire/tcp-segment.ts';
import { SlotSink, LoneStack } from '../packet-path/lone-stack.ts';
import { datagramsDownLoad, datagramsUpLoad, downloadLoad, uploadLoad } from '../packet-path/lone-stack-loads.ts';

interface Micro {
  readonly name: string;
  readonly calls: number;
  /** Calls it so often. */
  readonly run: (calls: number) => unknown;
}

function each(name: string, calls: number, call: (i: number) => unknown): Micro {
  const run = (count: number) => {
    for (let i = 0; i < count; i++) call(i);
  };
  return { name, calls, run };
}

function wire(): Micro[] {
  const lone = new LoneStack('plain');
  const frame = lone.data(0, new Uint8Array(1460), lone.connect());
  const large = new Uint8Array(65_480);
  const packet = new IpPacket();
  const segment = new TcpSegment();
  const key = new FlowKey();
  parsePacket(frame, 0, packet);
  return [
    each('parse IPv4 and TCP', 1e6, () => parsePacket(frame, 0, packet) ?? parseTcp(packet, segment)),
    each('flow key of a packet', 1e6, (i) => (key.setAddresses(packet), key.setPorts(i & 0xffff, 80))),
    each('checksum of 1,460 bytes', 1e5, () => sumWords(frame, 40, 1460)),
    each('checksum of 65,480 bytes', 5e3, () => sumWords(large, 0, large.length)),
  ];
}

function buffers(): Micro[] {
  const ring = new RingBuffer(1 << 20);
  const chunk = new Uint8Array(65_480);
  const small = new Uint8Array(100);
  const target = new Uint8Array(65_560);
  const pool = new PacketPool(1 << 20);
  const sink = new SlotSink();
  const through = (bytes: Uint8Array) => {
    ring.write(bytes);
    ring.copyTo(target, 50, 0, bytes.length);
    ring.drop(bytes.length);
  };
  return [
    each('ring buffer, 65,480 bytes in and out', 2e4, () => through(chunk)),
    each('ring buffer, 100 bytes in and out', 5e5, () => through(small)),
    each('packet pool, 100 bytes in and out', 5e5, () => {
      pool.reserve(100);
      pool.commit(100);
      sink.count = 0;
      pool.drainTo(sink);
    }),
    each('copy of 65,480 bytes into new memory', 2e4, () => new Uint8Array(chunk)),
  ];
}

function stacks(): Micro[] {
  const ignored = () => undefined;
  return [
    { name: 'ingest and poll, segments of 64 KiB', calls: 5e4, run: uploadLoad().run },
    { name: 'emit segments of 64 KiB, each acknowledged', calls: 3e4, run: downloadLoad('offload', ignored).run },
    { name: 'emit segments of 1,460 bytes with checksum', calls: 1e5, run: downloadLoad('plain', ignored).run },
    { name: 'ingest datagrams of 64 bytes', calls: 2e5, run: datagramsUpLoad().run },
    { name: 'emit datagrams of 64 bytes', calls: 2e5, run: datagramsDownLoad().run },
  ];
}

/** What a call into the native library costs, by either binding: there is no message to receive. */
function bindings(): Micro[] {
  const path = fileURLToPath(new URL('../../native/build/libinpodtun.so', import.meta.url));
  return (['addon', 'ffi'] as const).map((binding) => {
    const library = loadNativeLibrary(path, [binding]);
    const { ours } = library.openControlPair();
    return each(`a call of the native library as ${binding}`, 5e4, () => library.receive(ours));
  });
}

function measure({ name, calls, run }: Micro): { name: string; ns: string; bytes: string } {
  run(calls);
  const times: number[] = [];
  globalThis.gc?.();
  const before = getHeapStatistics().used_heap_size;
  run(calls);
  const bytes = (getHeapStatistics().used_heap_size - before) / calls;
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    run(calls);
    times.push(((performance.now() - startedAt) * 1e6) / calls);
  }
  // Below zero where something was collected meanwhile.
  return {
    name,
    ns: Math.min(...times).toFixed(times[0] !== undefined && times[0] > 100 ? 0 : 1),
    bytes: bytes < 0 ? '?' : bytes.toFixed(1),
  };
}

console.table([...wire(), ...buffers(), ...stacks(), ...bindings()].map(measure));
process.exit(0);
