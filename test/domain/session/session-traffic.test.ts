import { describe, expect, it } from 'vitest';
import { SessionTraffic } from '../../../src/domain/session/session-traffic.ts';
import { describeByteChannel } from '../../conformance/byte-channel.suite.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { memoryChannelPair } from '../../fakes/memory-channel.ts';
import { record } from '../../fakes/recording-sink.ts';
import { ChannelProbe } from '../../support/link-channel-probe.ts';

describeByteChannel('a channel that is counted', {
  halfClose: true,
  setUp: async () => undefined,
  tearDown: async () => undefined,
  connect: async (keep = true) => {
    const [near, far] = memoryChannelPair();
    return { near: new ChannelProbe(new SessionTraffic(new FakeClock()).reached(near), keep), far: new ChannelProbe(far, keep) };
  },
});

describe('SessionTraffic', () => {
  it('counts bytes by who sent them, whoever connected', async () => {
    const traffic = new SessionTraffic(new FakeClock());
    const [[out, server], [within, client]] = [memoryChannelPair(), memoryChannelPair()];
    const dialled = await traffic.dialled('server:80', async () => out);
    const reached = traffic.reached(within);
    for (const channel of [dialled, server, reached, client]) record(channel);
    dialled.write(new Uint8Array(3));
    server.write(new Uint8Array(50));
    reached.write(new Uint8Array(700));
    client.write(new Uint8Array(9000));
    await settle();
    expect(traffic.summary()).toMatchObject({
      outbound: { connections: 1, sentBytes: 3, receivedBytes: 50 },
      inbound: { connections: 1, sentBytes: 9000, receivedBytes: 700 },
    });
  });

  it('keeps the slowest of all dials, failed ones too, and counts those that came about', async () => {
    const clock = new FakeClock();
    const traffic = new SessionTraffic(clock);
    const dial = (target: string, ms: number, fails = false) =>
      traffic.dialled(target, async () => {
        await clock.advance(ms);
        if (fails) throw new RangeError(target);
        return memoryChannelPair()[0];
      });
    await dial('quick:1', 5);
    await expect(dial('dead:1', 3000, true)).rejects.toThrow('dead:1');
    await dial('middling:1', 200);
    expect(traffic.summary()).toMatchObject({
      outbound: { connections: 2 },
      slowestDial: { target: 'dead:1', tookMs: 3000, outcome: 'failed' },
    });
  });

  it('is of its moment: what comes later changes no summary', () => {
    const traffic = new SessionTraffic(new FakeClock());
    const before = traffic.summary();
    traffic.reached(memoryChannelPair()[0]);
    expect([before.inbound.connections, before.slowestDial]).toEqual([0, undefined]);
  });
});
