import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { FarEnd } from '../../../../src/app/programs/bench-client/far-end.ts';
import { measureConnects } from '../../../../src/app/programs/bench-client/measure-connects.ts';
import { measureRequests } from '../../../../src/app/programs/bench-client/measure-requests.ts';
import { measureDown, measureUp } from '../../../../src/app/programs/bench-client/measure-streams.ts';
import { createBenchServer } from '../../../../src/app/programs/bench-server/bench-server.ts';

const measures = { down: measureDown, up: measureUp, requests: measureRequests, connects: measureConnects };
const eachMeasure = Object.entries(measures);

describe('measurements', () => {
  let server: Server;
  afterEach(() => void server.close());

  async function listen(which: Server): Promise<FarEnd> {
    server = which.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, limitMs: 10_000 };
  }

  it.each(eachMeasure)('%s gives figures of what flowed', async (_, measure) => {
    const answer = await measure(await listen(createBenchServer()), 20);
    if (answer.kind === 'stream') expect(answer.bytes).toBeGreaterThanOrEqual(65_536);
    else if (answer.kind === 'requests') expect(answer.tookMs.length).toBeGreaterThan(0);
    else expect(answer).toMatchObject({ kind: 'connects', count: expect.any(Number) });
  });

  it.each(eachMeasure)('%s fails where nobody listens', async (_, measure) => {
    const farEnd = await listen(createServer());
    server.close();
    await once(server, 'close');
    await expect(measure(farEnd, 20)).rejects.toThrow('ECONNREFUSED');
  });

  it.each(eachMeasure)('%s fails where the connection ends early', async (_, measure) => {
    const farEnd = await listen(createServer((socket) => void socket.on('error', () => undefined).once('data', () => socket.end())));
    await expect(measure(farEnd, 20)).rejects.toThrow(/ended early|ECONNRESET|EPIPE/);
  });

  it.each(eachMeasure)('%s fails by other bytes', async (_, measure) => {
    const other = createServer((socket) => void socket.on('error', () => undefined).on('data', () => socket.write(Buffer.alloc(1024, 7))));
    await expect(measure(await listen(other), 20)).rejects.toThrow(/other/);
  });

  it.each(eachMeasure)('%s fails where nothing comes', async (_, measure) => {
    const farEnd = await listen(createServer((socket) => void socket.resume()));
    await expect(measure({ ...farEnd, limitMs: 30 }, 20)).rejects.toThrow('no end within');
  });
});
