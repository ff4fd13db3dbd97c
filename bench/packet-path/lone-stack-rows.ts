import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { iperf3Tcp } from './iperf3.ts';
import { LoneStack } from './lone-stack.ts';
import { datagramsDownLoad, datagramsUpLoad, downloadLoad, uploadLoad, type Load } from './lone-stack-loads.ts';
import { less, median, more, say, type Extent, type Result } from './measuring.ts';
import { expectedCrc, patternAt, StreamCheck } from './stream-pattern.ts';

const checkEvery = 16;
const segmentBytes = 1460;

/** Rows tcp-up-1-plain, tcp-down-1-plain: MTU 1500, checksums of our own, the packet core alone in this process. No goal: reported. */
export async function plainRows({ runs, milliseconds, quick }: Extent): Promise<readonly Result[]> {
  const segments = quick ? 2000 : 20_000;
  const rates = { up: [] as number[], down: [] as number[], loopback: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    const up = plainUp(segments);
    const down = plainDown(segments);
    const loopback = await iperf3Tcp(milliseconds);
    if (run === 0) continue;
    rates.up.push(up);
    rates.down.push(down);
    rates.loopback.push(loopback);
    say(`plain run ${run}: up ${Math.round(up)} Mbit/s, down ${Math.round(down)}; iperf3 over loopback ${Math.round(loopback)}`);
  }
  const peerValue = median(rates.loopback);
  return (['up', 'down'] as const).map((way) =>
    more({ name: `tcp-${way}-1-plain`, unit: 'Mbit/s', value: median(rates[way]), peer: 'iperf3 over loopback', peerValue, goal: 0 }),
  );
}

/** Segments that were made before, each with its own checksum. @returns Mbit/s */
function plainUp(count: number): number {
  const lone = new LoneStack('plain');
  const check = new StreamCheck(checkEvery);
  lone.handler = { ...lone.handler, data: (bytes, start, end) => check.update(bytes.subarray(start, end)) };
  const ack = lone.connect();
  const frames = Array.from({ length: count }, (_, i) => lone.data(i * segmentBytes, patternAt(i * segmentBytes, segmentBytes), ack));
  const startedAt = performance.now();
  for (const [i, frame] of frames.entries()) {
    lone.ingest(frame);
    lone.stream?.consumed(segmentBytes);
    if (i % 32 === 31) lone.poll();
  }
  return rate('tcp-up-1-plain', check, performance.now() - startedAt, patternAt);
}

function plainDown(count: number): number {
  const check = new StreamCheck(checkEvery);
  const load = downloadLoad('plain', (bytes, from, end) => check.update(bytes.subarray(from, end)));
  const startedAt = performance.now();
  load.run(count);
  return rate('tcp-down-1-plain', check, performance.now() - startedAt, (_, bytes) => patternAt(0, bytes));
}

function rate(name: string, check: StreamCheck, tookMs: number, sentAt: typeof patternAt): number {
  if (check.bytes === 0) throw new Error(`${name}: nothing was delivered`);
  if (check.crc !== expectedCrc(check.bytes, checkEvery, sentAt)) throw new Error(`${name}: other bytes than were sent`);
  return (check.bytes * 8) / tookMs / 1000;
}

const loads: Readonly<Record<string, () => Load>> = {
  'TCP up': uploadLoad,
  'TCP down': () => downloadLoad('offload', () => undefined),
  'UDP up': datagramsUpLoad,
  'UDP down': datagramsDownLoad,
};

/** Row allocations: bytes of JavaScript objects that the packet core makes per packet, of the load for which it makes most. */
export async function allocationRows({ runs, quick }: Extent): Promise<readonly Result[]> {
  // So many that what V8 compiles now and then, onto the same heap, is nothing to them.
  const packets = quick ? 5000 : 500_000;
  const worst: number[] = [];
  for (const [name, make] of Object.entries(loads)) {
    const load = make();
    load.run(quick ? 20_000 : 200_000);
    const counts: number[] = [];
    for (let run = 0; run < runs; run++) counts.push(await allocatedBytes(() => load.run(packets)));
    say(`allocations, ${name}: ${counts.map((count) => count.toFixed(2)).join(', ')} bytes a packet`);
    worst.push(median(counts));
  }
  const value = Math.max(...worst);
  return [less({ name: 'allocations', unit: 'B/packet', value, peer: 'none: less than 1', peerValue: 1, goal: 1 })];
}

/** Bytes on the heap and in array buffers per packet. Needs a young generation that holds them all: what is collected can't be counted. */
async function allocatedBytes(work: () => number): Promise<number> {
  globalThis.gc?.();
  await new Promise(setImmediate);
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  const before = used();
  const packets = work();
  const bytes = used() - before;
  await new Promise((resolve) => setTimeout(resolve, 10));
  observer.disconnect();
  if (collections > 0) throw new Error('allocations: memory was collected meanwhile, so that it could not be counted');
  return bytes / packets;
}

function used(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
