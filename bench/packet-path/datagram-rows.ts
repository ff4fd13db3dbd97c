import type { DatagramChannel, DatagramSink } from '../../src/domain/ports/link-port.ts';
import { isIntact, makeDatagram } from './datagram-pattern.ts';
import { iperf3Udp } from './iperf3.ts';
import { median, more, say, type Extent, type Result } from './measuring.ts';
import { farAddress, runInTunnel } from './tunnel-bed.ts';

/** Datagrams a second, each way. */
const wanted = 200_000;
/** Datagrams that the source sends before other events have their turn. */
const burst = 256;

/** Rows udp-64b-up, udp-64b-down: as many as arrive, each with its own hash, while the sender sends all it can. */
export async function datagramRows({ runs, milliseconds }: Extent): Promise<readonly Result[]> {
  const rates = { up: [] as number[], down: [] as number[], loopback: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    const up = await sendUp(milliseconds);
    const loopback = await iperf3Udp(milliseconds);
    const down = await sendDown(milliseconds);
    if (run === 0) continue;
    rates.up.push(up.rate);
    rates.down.push(down.rate);
    rates.loopback.push(loopback);
    const lost = (share: number) => `${(share * 100).toFixed(1)} % lost`;
    say(
      `udp-64b run ${run}: up ${Math.round(up.rate)} a second (${lost(up.lost)}), down ${Math.round(down.rate)} (${lost(down.lost)}); iperf3 ${Math.round(loopback)}`,
    );
  }
  const peer = `200,000 asked for (iperf3 over loopback ${Math.round(median(rates.loopback))})`;
  return (['up', 'down'] as const).map((way) =>
    more({ name: `udp-64b-${way}`, unit: '1/s', value: median(rates[way]), peer, peerValue: wanted, goal: 1 }),
  );
}

interface Flood {
  /** Datagrams that arrived, a second. */
  readonly rate: number;
  /** The part that didn't. */
  readonly lost: number;
}

async function sendUp(milliseconds: number): Promise<Flood> {
  const sink = new CountingDatagrams();
  const { sent } = await runInTunnel<{ sent: number }>(['udp', 'up', farAddress, 1, milliseconds], { openDatagrams: () => sink });
  return { rate: (sink.count - 1) / ((sink.lastAt - sink.firstAt) / 1000), lost: 1 - sink.count / sent };
}

async function sendDown(milliseconds: number): Promise<Flood> {
  const source = new DatagramSource(milliseconds);
  const report = await runInTunnel<{ seconds: number; received: number }>(['udp', 'down', farAddress, 1, milliseconds], {
    openDatagrams: () => source,
  });
  return { rate: report.received / report.seconds, lost: 1 - report.received / source.sent };
}

class CountingDatagrams implements DatagramChannel {
  count = 0;
  firstAt = 0;
  lastAt = 0;

  attach(): void {}

  send(payload: Uint8Array): void {
    if (!isIntact(payload)) throw new Error('udp-64b-up: other bytes than were sent');
    this.lastAt = performance.now();
    if (this.count++ === 0) this.firstAt = this.lastAt;
  }

  close(): void {}
}

/** Begins when it hears something. */
class DatagramSource implements DatagramChannel {
  sent = 0;
  readonly #datagrams = Array.from({ length: burst }, (_, i) => makeDatagram(i));
  readonly #milliseconds: number;
  #sink!: DatagramSink;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  attach(sink: DatagramSink): void {
    this.#sink = sink;
  }

  send(): void {
    const endAt = performance.now() + this.#milliseconds;
    const turn = () => {
      for (const datagram of this.#datagrams) this.#sink.datagram(datagram);
      this.sent += burst;
      if (performance.now() < endAt) setImmediate(turn);
    };
    turn();
  }

  close(): void {}
}
