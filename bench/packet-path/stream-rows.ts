import { iperf3Tcp } from './iperf3.ts';
import { median, more, say, type Extent, type Result } from './measuring.ts';
import { CheckingEnd, SourceEnd } from './stream-ends.ts';
import { expectedCrc } from './stream-pattern.ts';
import { farAddress, runInTunnel } from './tunnel-bed.ts';

type Direction = 'up' | 'down';

interface Outcome {
  readonly mbitPerSecond: number;
  /** The least of the streams, as a part of their mean. */
  readonly slowest: number;
}

interface Report {
  readonly seconds: number;
  readonly streams: readonly { readonly bytes: number; readonly crc: number }[];
}

/** Every byte is hashed in the run that is thrown away, one block of so many in those that count: a hash costs as much as the path. */
const checkEvery = 16;
const peer = 'iperf3 over loopback';

/** Rows tcp-up-1, tcp-down-1, tcp-up-8, tcp-down-8, and how the slowest of eight fares. */
export async function streamRows(extent: Extent): Promise<readonly Result[]> {
  const series = { up: newSeries(), down: newSeries() };
  for (const direction of ['up', 'down'] as const) await move(direction, 2, Math.min(extent.milliseconds, 500), 1);
  for (let run = 1; run <= extent.runs; run++) {
    for (const direction of ['up', 'down'] as const) {
      const { one, eight, loopback } = series[direction];
      one.push(await move(direction, 1, extent.milliseconds, checkEvery));
      loopback.push(await iperf3Tcp(extent.milliseconds, ...(direction === 'down' ? ['-R'] : [])));
      eight.push(await move(direction, 8, extent.milliseconds, checkEvery));
      say(
        `tcp-${direction} run ${run}: one ${mbit(one.at(-1))}, iperf3 ${Math.round(loopback.at(-1) ?? 0)}, eight ${mbit(eight.at(-1))} Mbit/s`,
      );
    }
  }
  return (['up', 'down'] as const).flatMap((direction) => results(direction, series[direction]));
}

interface Series {
  readonly one: Outcome[];
  readonly eight: Outcome[];
  readonly loopback: number[];
}

function newSeries(): Series {
  return { one: [], eight: [], loopback: [] };
}

function results(direction: Direction, { one, eight, loopback }: Series): readonly Result[] {
  const unit = 'Mbit/s';
  const value = median(one.map((outcome) => outcome.mbitPerSecond));
  const sum = median(eight.map((outcome) => outcome.mbitPerSecond));
  const slowest = median(eight.map((outcome) => outcome.slowest));
  return [
    more({ name: `tcp-${direction}-1`, unit, value, peer, peerValue: median(loopback), goal: 1 }),
    more({ name: `tcp-${direction}-8`, unit, value: sum, peer: `tcp-${direction}-1`, peerValue: value, goal: 1 }),
    more({
      name: `tcp-${direction}-8-slowest`,
      unit,
      value: (slowest * sum) / 8,
      peer: 'half the mean of the eight',
      peerValue: sum / 16,
      goal: 1,
    }),
  ];
}

function mbit(outcome: Outcome | undefined): number {
  return Math.round(outcome?.mbitPerSecond ?? 0);
}

/** `count` streams for a time; throws where other bytes arrived than were sent. */
async function move(direction: Direction, count: number, milliseconds: number, every: number): Promise<Outcome> {
  const ends: (CheckingEnd | SourceEnd)[] = [];
  const dial = () => {
    const end = direction === 'up' ? new CheckingEnd(every) : new SourceEnd();
    ends.push(end);
    return end;
  };
  const report = await runInTunnel<Report>(['stream', direction, farAddress, 1, count, milliseconds, every], { dial });
  const received = direction === 'up' ? ends.map((end) => (end as CheckingEnd).check) : report.streams;
  const sent = direction === 'up' ? report.streams.map(({ bytes }) => bytes) : ends.map((end) => (end as SourceEnd).sentBytes);
  for (const [i, { bytes, crc }] of received.entries()) {
    // A source counts what it handed over as the program ended its half: that is then delivered as well.
    if (bytes !== sent[i]) throw new Error(`tcp-${direction}: ${bytes} bytes of ${sent[i]} arrived`);
    if (crc !== expectedCrc(bytes, every)) throw new Error(`tcp-${direction}: other bytes than were sent`);
  }
  const all = received.map(({ bytes }) => bytes);
  const total = all.reduce((sum, bytes) => sum + bytes, 0);
  return { mbitPerSecond: (total * 8) / report.seconds / 1e6, slowest: (Math.min(...all) * count) / total };
}
