import { less, median, say, type Extent, type Result } from './measuring.ts';
import { EchoEnd, QuietEnd } from './stream-ends.ts';
import { farAddress, runInTunnel } from './tunnel-bed.ts';

const controlPort = 1;
const allowedMegabytes = 64;

/** Row idle-10k: resident memory of this process with 10,000 connections more, each with a far end that does nothing. */
export async function idleRows({ runs, quick }: Extent): Promise<readonly Result[]> {
  const count = quick ? 500 : 10_000;
  const grown: number[] = [];
  // What the first connections cost is code.
  await growth(300);
  for (let run = 1; run <= runs; run++) {
    grown.push(await growth(count));
    say(`idle-10k run ${run}: ${grown.at(-1)?.toFixed(1)} MB`);
  }
  // What the first run got from the system the next one may use again: the most counts, not the middle.
  const value = Math.max(...grown);
  say(`idle-10k: median ${median(grown).toFixed(1)} MB; the most counts`);
  const peer = '64 MB allowed';
  return [less({ name: 'idle-10k', unit: 'MB', value, peer, peerValue: allowedMegabytes, goal: 1 })];
}

async function growth(count: number): Promise<number> {
  const control = new QuietEnd();
  const done = runInTunnel(['idle', farAddress, controlPort, count], {
    dial: (port) => (port === controlPort ? control : new EchoEnd()),
  });
  // The control connection is the first thing that happens in the tunnel.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = residentMegabytes();
  control.say(Uint8Array.of(1));
  await Promise.race([control.heard, done]);
  const after = residentMegabytes();
  control.finish();
  await done;
  return after - before;
}

function residentMegabytes(): number {
  if (!globalThis.gc) throw new Error('idle-10k needs --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage.rss() / 1e6;
}
