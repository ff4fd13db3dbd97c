import { iperf3Tcp } from './iperf3.ts';
import { median, more, say, type Extent, type Result } from './measuring.ts';
import { acceptSink, acceptSource, type StackEnd } from './stack-ends.ts';
import { CheckingEnd, SourceEnd } from './stream-ends.ts';
import { expectedCrc } from './stream-pattern.ts';
import { farAddress, runInTunnel, runOnStack } from './tunnel-bed.ts';

type Direction = 'up' | 'down';

interface Outcome {
  readonly mbitPerSecond: number;
  /** The least of the streams, as a part of their mean. */
  readonly slowest: number;
}

interface Report {
  readonly seconds: number;
  readonly streams: readonly StackEnd[];
}

/** Moves streams of one direction: how many, for how long, and of how many blocks one is checked. */
type Move = (direction: Direction, count: number, milliseconds: number, checkEvery: number) => Promise<Outcome>;

/** Every byte is hashed in the run that is thrown away, one block of so many in those that count: a hash costs as much as the path. */
const checkEvery = 16;
const peer = 'iperf3 over loopback';
const directions = ['up', 'down'] as const;

interface Series {
  readonly one: Outcome[];
  readonly eight: Outcome[];
  readonly relayed: Outcome[];
  readonly loopback: number[];
}

/** Rows tcp-up-1, tcp-up-8, tcp-up-8-slowest, tcp-up-1-relayed, and the same down. */
export async function streamRows(extent: Extent): Promise<readonly Result[]> {
  const series = { up: newSeries(), down: newSeries() };
  for (const move of [onStack, throughRelay]) {
    for (const direction of directions) await move(direction, 2, Math.min(extent.milliseconds, 500), 1);
  }
  for (let run = 1; run <= extent.runs; run++) {
    for (const direction of directions) await measure(direction, run, extent.milliseconds, series[direction]);
  }
  return directions.flatMap((direction) => results(direction, series[direction]));
}

function newSeries(): Series {
  return { one: [], eight: [], relayed: [], loopback: [] };
}

async function measure(direction: Direction, run: number, milliseconds: number, series: Series): Promise<void> {
  const one = await onStack(direction, 1, milliseconds, checkEvery);
  const loopback = await iperf3Tcp(milliseconds, ...(direction === 'down' ? ['-R'] : []));
  const eight = await onStack(direction, 8, milliseconds, checkEvery);
  const relayed = await throughRelay(direction, 1, milliseconds, checkEvery);
  series.one.push(one);
  series.loopback.push(loopback);
  series.eight.push(eight);
  series.relayed.push(relayed);
  const [first, sum, relay] = [one, eight, relayed].map((outcome) => Math.round(outcome.mbitPerSecond));
  say(`tcp-${direction} run ${run}: one ${first}, iperf3 ${Math.round(loopback)}, eight ${sum}, one through the relay ${relay} Mbit/s`);
}

function results(direction: Direction, { one, eight, relayed, loopback }: Series): readonly Result[] {
  const unit = 'Mbit/s';
  const peerValue = median(loopback);
  const value = rateOf(one);
  const sum = rateOf(eight);
  const slowest = median(eight.map((outcome) => outcome.slowest)) * (sum / 8);
  const name = `tcp-${direction}`;
  return [
    more({ name: `${name}-1`, unit, value, peer, peerValue, goal: 1 }),
    more({ name: `${name}-8`, unit, value: sum, peer: `${name}-1`, peerValue: value, goal: 1 }),
    more({ name: `${name}-8-slowest`, unit, value: slowest, peer: 'half the mean of the eight', peerValue: sum / 16, goal: 1 }),
    more({ name: `${name}-1-relayed`, unit, value: rateOf(relayed), peer, peerValue, goal: 0 }),
  ];
}

function rateOf(outcomes: readonly Outcome[]): number {
  return median(outcomes.map(({ mbitPerSecond }) => mbitPerSecond));
}

const onStack: Move = async (direction, count, milliseconds, every) => {
  const ends: StackEnd[] = [];
  const report = await runOnStack<Report>(command(direction, count, milliseconds, every), (pending) => {
    ends.push(direction === 'up' ? acceptSink(pending, every) : acceptSource(pending));
  });
  return checked(direction, report, ends, every);
};

const throughRelay: Move = async (direction, count, milliseconds, every) => {
  const ends: (CheckingEnd | SourceEnd)[] = [];
  const dial = () => {
    const end = direction === 'up' ? new CheckingEnd(every) : new SourceEnd();
    ends.push(end);
    return end;
  };
  const report = await runInTunnel<Report>(command(direction, count, milliseconds, every), { dial });
  const moved = ends.map((end) => (end instanceof CheckingEnd ? end.check : { bytes: end.sentBytes, crc: 0 }));
  return checked(direction, report, moved, every);
};

function command(direction: Direction, count: number, milliseconds: number, every: number): readonly (string | number)[] {
  return ['stream', direction, farAddress, 1, count, milliseconds, every];
}

/** Throws where other bytes arrived than were sent. */
function checked(direction: Direction, { seconds, streams }: Report, ends: readonly StackEnd[], every: number): Outcome {
  const [sent, received] = direction === 'up' ? [streams, ends] : [ends, streams];
  for (const [i, { bytes, crc }] of received.entries()) {
    if (bytes !== sent[i]?.bytes) throw new Error(`tcp-${direction}: ${bytes} bytes of ${sent[i]?.bytes} arrived`);
    if (crc !== expectedCrc(bytes, every)) throw new Error(`tcp-${direction}: other bytes than were sent`);
  }
  const total = received.reduce((sum, { bytes }) => sum + bytes, 0);
  const least = Math.min(...received.map(({ bytes }) => bytes));
  return { mbitPerSecond: (total * 8) / seconds / 1e6, slowest: (least * received.length) / total };
}
