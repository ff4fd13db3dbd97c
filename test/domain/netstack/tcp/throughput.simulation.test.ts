import { expect, it } from 'vitest';
import { smooth } from '../../../support/netstack/rough-path.ts';
import { StackPair } from '../../../support/netstack/stack-pair.ts';

const sendBytes = 4 << 20;
const seeds = [1, 2];
const buffersKib = [64, 256, 1024];
/** 100 Mbit/s and 10 ms each way: 250 KB fill the path. */
const bytesPerMs = 12_500;
const delayMs = 10;

/** Mbit/s of one stream from the end that opened it, from its SYN to its last byte. */
function throughput(bufferBytes: number, lossPercent: number, queueBytes: number, seed: number): number {
  const limits = { sendQueueBytes: bufferBytes, receiveWindowBytes: bufferBytes };
  const pair = new StackPair({
    limits: [limits, limits],
    shape: { delayMs, bytesPerMs, queueBytes },
    roughness: { ...smooth, loss: lossPercent / 100 },
    seed,
    habits: [
      { sendBytes, endsWhen: 'sent' },
      { sendBytes: 0, endsWhen: 'heard' },
    ],
  });
  expect(pair.run(() => pair.users[1].hasEnded, 3_600_000)).toBe(true);
  expect([pair.users[1].receivedBytes, pair.users[1].isIntact]).toEqual([sendBytes, true]);
  return (sendBytes * 8) / pair.nowMs / 1000;
}

function table(queueBytes: number, losses: readonly number[]): string {
  const rows = losses.map((loss) => {
    const cells = buffersKib.map((kib) => {
      const runs = seeds.map((seed) => throughput(kib << 10, loss, queueBytes, seed));
      return (runs.reduce((sum, run) => sum + run) / runs.length).toFixed(1).padStart(10);
    });
    return `${`${loss} %`.padEnd(6)}${cells.join('')}`;
  });
  const head = `loss  ${buffersKib.map((kib) => `${kib} KiB`.padStart(10)).join('')}`;
  return [head, ...rows].join('\n');
}

it('keeps its throughputs over loss by buffer size', async () => {
  const text = [
    'Mbit/s of one stream by size of both its buffers: 4 MiB over 100 Mbit/s and 10 ms each way, MTU 1500, mean of 2 seeds.',
    `\nA queue that holds all that is sent:\n\n${table(4 << 20, [0, 0.1, 1, 3])}`,
    `\nA queue of 128 KiB, which the largest buffer overflows:\n\n${table(128 << 10, [0])}`,
  ].join('\n');
  await expect(`${text}\n`).toMatchFileSnapshot('throughput.txt');
}, 120_000);
