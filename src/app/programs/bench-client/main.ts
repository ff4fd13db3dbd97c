/**
 * What `inpod bench` runs through each path: `node bench-client.cjs HOST PORT` measures what it is told on stdin, says on stdout what it found, and ends with
 * stdin. It uses nothing but sockets, so that it runs wherever a program of the user's would.
 */
import { createInterface } from 'node:readline';
import type { BenchMeasure, ClientAnswer, ClientOrder } from '../../../domain/benchmark/bench-protocol.ts';
import { measureConnects } from './measure-connects.ts';
import { measureRequests } from './measure-requests.ts';
import { measureDown, measureUp } from './measure-streams.ts';
import type { FarEnd } from './far-end.ts';

const [host = '', port = ''] = process.argv.slice(2);

const measurements: Readonly<Record<BenchMeasure, (farEnd: FarEnd, ms: number) => Promise<ClientAnswer>>> = {
  down: measureDown,
  up: measureUp,
  connects: measureConnects,
  requests: measureRequests,
};

function say(answer: ClientAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function obey(line: string): Promise<void> {
  const { measure, ms } = JSON.parse(line) as ClientOrder;
  try {
    say(await measurements[measure]({ host, port: Number(port), limitMs: ms + 30_000 }, ms));
  } catch (error) {
    say({ kind: 'failed', message: `${measure}: ${error instanceof Error ? error.message : String(error)}` });
  }
}

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => void obey(line));
orders.on('close', () => process.exit(0));
say({ kind: 'ready' });
