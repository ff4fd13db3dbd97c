import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveUdp } from '../../../../src/app/programs/agent/udp-subsystem.ts';
import type { ByteSink } from '../../../../src/domain/byte-channel.ts';
import { ip } from '../../../../src/domain/netstack/address/ip-address.ts';
import type { ChannelStream } from '../../../../src/domain/protocol/channel-stream.ts';
import { FrameSplitter } from '../../../../src/domain/protocol/length-prefix.ts';
import { emitUdpFrame, parseUdpFrame, type UdpFrame } from '../../../../src/domain/protocol/udp-frame.ts';

/** The laptop's end, without SSH between. */
class Laptop {
  sink: ByteSink | undefined;
  readonly frames: UdpFrame[] = [];
  readonly #splitter = new FrameSplitter(70_000);
  readonly stream = {
    attach: (sink: ByteSink) => void (this.sink = sink),
    write: (chunk: Uint8Array) => {
      const bodies = this.#splitter.feed(chunk);
      for (const body of bodies === 'too-long' ? [] : bodies) this.frames.push(parseUdpFrame(body) as UdpFrame);
      return true;
    },
    end: () => undefined,
    reset: () => undefined,
  } as unknown as ChannelStream;

  send(flow: number, port: number, host = '127.0.0.1'): void {
    this.sink?.data(emitUdpFrame({ kind: 'datagram', flow, remote: { address: ip(host), port }, payload: Buffer.from(`from ${flow}`) }));
  }
}

describe('serveUdp', () => {
  let laptop: Laptop;
  let echo: Socket;
  let port: number;
  const sources: number[] = [];

  beforeEach(async () => {
    laptop = new Laptop();
    sources.length = 0;
    echo = createSocket('udp4').on('message', (payload, from) => {
      sources.push(from.port);
      echo.send(payload, from.port, from.address);
    });
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
    port = echo.address().port;
  });
  afterEach(() => {
    laptop.sink?.closed();
    echo.close();
  });

  const flows = (): number[] => laptop.frames.filter((frame) => frame.kind === 'datagram').map((frame) => frame.flow);

  it('has room for thousands of flows', async () => {
    serveUdp(laptop.stream);
    const count = 2000;
    // A few at a time: the echo's own buffer is the kernel's.
    for (let first = 1; first <= count; first += 50) {
      for (let flow = first; flow < first + 50; flow++) laptop.send(flow, port);
      await expect.poll(flows, { interval: 1 }).toHaveLength(first + 49);
    }
    expect(new Set(sources).size).toBe(count);
    expect(laptop.frames.filter((frame) => frame.kind === 'ended')).toEqual([]);
  });

  it('has a socket for each flow', async () => {
    serveUdp(laptop.stream);
    for (const flow of [1, 2, 1]) laptop.send(flow, port);
    await expect.poll(flows).toHaveLength(3);
    expect(new Set(sources).size).toBe(2);
  });

  it('opens a closed flow anew, from another port', async () => {
    serveUdp(laptop.stream);
    laptop.send(1, port);
    await expect.poll(flows).toHaveLength(1);
    laptop.sink?.data(emitUdpFrame({ kind: 'ended', flow: 1 }));
    laptop.send(1, port);
    await expect.poll(flows).toHaveLength(2);
    expect(new Set(sources).size).toBe(2);
  });

  it('drops an idle flow, silently', async () => {
    serveUdp(laptop.stream, { maxFlows: 1, idleMs: 30 });
    laptop.send(1, port);
    await expect.poll(flows).toHaveLength(1);
    // Until there is room for another, which on a busy machine may be idle itself before it is answered.
    await expect.poll(() => (laptop.send(2, port), new Set(flows())), { timeout: 10_000 }).toEqual(new Set([1, 2]));
    expect(laptop.frames.every((frame) => frame.flow !== 1 || frame.kind === 'datagram')).toBe(true);
  });

  it('refuses more flows than allowed', async () => {
    serveUdp(laptop.stream, { maxFlows: 2, idleMs: 10_000 });
    for (const flow of [1, 2, 3]) laptop.send(flow, port);
    await expect.poll(() => laptop.frames.find((frame) => frame.kind === 'ended')).toEqual({ kind: 'ended', flow: 3, errno: 'EMFILE' });
  });

  it.each([
    ['port 0', '127.0.0.1', 0],
    ['a port where nobody listens', '127.0.0.1', 1],
    ['the same over IPv6', '::1', 1],
  ])('tells that %s refuses', async (_, host, closed) => {
    serveUdp(laptop.stream);
    laptop.send(7, closed, host);
    await expect
      .poll(() => laptop.frames.find((frame) => frame.kind === 'ended'))
      .toEqual({ kind: 'ended', flow: 7, errno: 'ECONNREFUSED' });
  });
});
