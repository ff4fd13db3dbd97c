import { less, median, more, say, type Extent, type Result } from './measuring.ts';
import { CheckingEnd, EchoEnd } from './stream-ends.ts';
import { farAddress, runInTunnel } from './tunnel-bed.ts';

interface RoundTrips {
  readonly p50: number;
  readonly p99: number;
}

interface Connects {
  readonly seconds: number;
  readonly count: number;
}

/** Microseconds that the path may add to loopback's. */
const allowedMicroseconds = 60;
const connectsWanted = 10_000;

/** Rows rtt-100b, rtt-100b-p99: 100 bytes there and back, compared. */
export async function roundTripRows({ runs, quick }: Extent): Promise<readonly Result[]> {
  const count = quick ? 500 : 20_000;
  const ours: RoundTrips[] = [];
  const loopback: RoundTrips[] = [];
  for (let run = 0; run <= runs; run++) {
    const through = await runInTunnel<RoundTrips>(['rtt', farAddress, 1, count], { dial: () => new EchoEnd() });
    const beside = await runInTunnel<RoundTrips>(['rtt', 'loopback', 0, count]);
    if (run === 0) continue;
    ours.push(through);
    loopback.push(beside);
    say(`rtt-100b run ${run}: p50 ${through.p50} µs, p99 ${through.p99}; loopback ${beside.p50}, p99 ${beside.p99}`);
  }
  const unit = 'µs';
  const [p50, loopbackP50, p99] = [median(ours.map((o) => o.p50)), median(loopback.map((o) => o.p50)), median(ours.map((o) => o.p99))];
  const peer = `loopback (${loopbackP50}) and ${allowedMicroseconds}`;
  return [
    less({ name: 'rtt-100b', unit, value: p50, peer, peerValue: loopbackP50 + allowedMicroseconds, goal: 1 }),
    less({ name: 'rtt-100b-p99', unit, value: p99, peer: '1 ms', peerValue: 1000, goal: 1 }),
  ];
}

/** Row connect-rate: SYN to both FINs, 64 at a time. */
export async function connectRows({ runs, quick }: Extent): Promise<readonly Result[]> {
  const count = quick ? 1000 : 20_000;
  const ours: number[] = [];
  const loopback: number[] = [];
  for (let run = 0; run <= runs; run++) {
    let dials = 0;
    const dial = () => {
      dials++;
      return new CheckingEnd(1);
    };
    const through = rate(await runInTunnel<Connects>(['connect', farAddress, 1, count], { dial }));
    if (dials !== count) throw new Error(`connect-rate: ${dials} dials for ${count} connections`);
    const beside = rate(await runInTunnel<Connects>(['connect', 'loopback', 0, count]));
    if (run === 0) continue;
    ours.push(through);
    loopback.push(beside);
    say(`connect-rate run ${run}: ${Math.round(through)} a second; loopback ${Math.round(beside)}`);
  }
  const peer = `10,000 asked for (loopback ${Math.round(median(loopback))})`;
  return [more({ name: 'connect-rate', unit: '1/s', value: median(ours), peer, peerValue: connectsWanted, goal: 1 })];
}

function rate({ seconds, count }: Connects): number {
  return count / seconds;
}
