import { describe, expect, it } from 'vitest';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import type { ChildExit } from '../../../src/domain/ports/tunnel-port.ts';
import type { InboundPlan } from '../../../src/domain/session/inbound-plan.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { echo, type MemoryHosts } from '../../fakes/memory-hosts.ts';
import type { MemoryWorld } from '../../fakes/memory-tunnel.ts';
import { record, type RecordingSink } from '../../fakes/recording-sink.ts';
import { SessionWorld } from './support/session-world.ts';

const never = new AbortController().signal;
const loopback = '127.0.0.1';

/** A session whose child does `child`, with those ports; `act` while it runs, then the child ends. */
async function during(
  inbound: Partial<InboundPlan>,
  child: (world: MemoryWorld) => Promise<void>,
  act: (world: SessionWorld) => Promise<void>,
  prepare: (world: SessionWorld) => void = () => undefined,
): Promise<SessionWorld> {
  const started = deferred<void>();
  const over = deferred<ChildExit>();
  const run = async (memory: MemoryWorld): Promise<ChildExit> => {
    await child(memory);
    started.resolve();
    return over.promise;
  };
  const world = new SessionWorld(run, { inbound: { expose: [], toPod: [], fromPod: [], fromHost: [], publish: false, ...inbound } });
  prepare(world);
  const ended = world.run();
  ended.catch(() => undefined);
  await Promise.race([started.promise, ended]);
  await act(world);
  over.resolve({ code: 0 });
  await world.clock.runUntilDone(ended);
  expect(world.leftovers).toEqual([]);
  expect(world.podHosts.served).toEqual([]);
  expect(world.laptopHosts.served).toEqual([]);
  return world;
}

const listenOn =
  (port: number, host = loopback) =>
  async ({ local }: MemoryWorld): Promise<void> =>
    void (await local.listen(host, port, echo));

async function exchange(channel: ByteChannel, text: string): Promise<RecordingSink> {
  const sink = record(channel);
  channel.write(Buffer.from(text));
  channel.end();
  await sink.whenClosed;
  return sink;
}

async function reach(hosts: MemoryHosts, port: number): Promise<string> {
  return (await exchange(await hosts.dial({ host: loopback, port }, never), `to ${port}`)).text;
}

describe('inbound connections', () => {
  it('reach the process from the pod, at its own port', async () => {
    const world = await during({ expose: [{ localPort: 8080, podPort: 80 }], toPod: [9000] }, listenOn(8080), async ({ podHosts }) => {
      expect(await reach(podHosts, 80)).toBe('to 80');
    });
    expect(world.eventsOf('ports-bound')).toMatchObject([{ service: 'inpod-ann-shop-abcde' }]);
    expect(world.cluster.calls).toContain('createAgentPod inpod-ann-shop-abcde');
  });

  it("wait while the process doesn't listen yet", async () => {
    const world = await during(
      { toPod: [9000] },
      async () => undefined,
      async ({ podHosts, tunnel, clock }) => {
        const reached = reach(podHosts, 9000);
        await clock.advance(1000);
        await tunnel.lastLease.hosts.listen('::1', 9000, echo);
        expect(await clock.runUntilDone(reached)).toBe('to 9000');
      },
    );
    expect(world.eventsOf('process-awaited')).toMatchObject([{ port: 9000 }]);
  });

  it("are reset where the process doesn't listen in time", async () => {
    await during(
      { toPod: [9000] },
      async () => undefined,
      async ({ podHosts, clock }) => {
        const sink = record(await podHosts.dial({ host: loopback, port: 9000 }, never));
        await clock.runUntilDone(sink.whenClosed);
        expect(sink.failure).toMatchObject({ errno: 'ECONNREFUSED' });
      },
    );
  });

  it("reach the pod's localhost, and the laptop's, from the process's", async () => {
    await during(
      { fromPod: [6379], fromHost: [5432] },
      async () => undefined,
      async ({ podHosts, laptopHosts, tunnel }) => {
        podHosts.serve(loopback, 6379, echo);
        expect(await reach(tunnel.lastLease.hosts, 6379)).toBe('to 6379');
        laptopHosts.serve(loopback, 5432, echo);
        expect(await reach(tunnel.lastLease.hosts, 5432)).toBe('to 5432');
        podHosts.stop(loopback, 6379);
        laptopHosts.stop(loopback, 5432);
      },
    );
  });

  it.each([
    ['the pod', { expose: [{ localPort: 80, podPort: 81 }] }, "port 81 of the pod can't be bound"],
    ["the pod's localhost", { toPod: [81] }, "port 81 of the pod's localhost can't be bound"],
  ])('end the start with its name where a port of %s is taken', async (_where, inbound, message) => {
    const world = new SessionWorld(undefined, {
      inbound: { expose: [], toPod: [], fromPod: [], fromHost: [], publish: false, ...inbound },
    });
    world.podHosts.serve(loopback, 81, echo);
    await expect(world.runToEnd()).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE', message: expect.stringContaining(message) });
    expect(world.leftovers).toEqual([]);
  });

  it('come again after the link was lost', async () => {
    await during({ toPod: [9000] }, listenOn(9000), async ({ podHosts, links, clock }) => {
      links.last.break();
      await clock.advance(10_000);
      expect(await reach(podHosts, 9000)).toBe('to 9000');
    });
  });
});

describe('publishing', () => {
  it('puts what the process listens on on this machine, and takes it back', async () => {
    const world = await during(
      { publish: true, fromHost: [5432] },
      async () => undefined,
      async ({ laptopHosts, tunnel, clock }) => {
        const listener = await tunnel.lastLease.hosts.listen('10.9.8.7', 3000, echo);
        await tunnel.lastLease.hosts.listen('::1', 3001, echo);
        await clock.advance(1000);
        expect(laptopHosts.served).toEqual([`${loopback}:3000`, `${loopback}:3001`]);
        expect(await reach(laptopHosts, 3001)).toBe('to 3001');
        await listener.close();
        await clock.advance(1000);
        expect(laptopHosts.served).toEqual([`${loopback}:3001`]);
      },
    );
    expect(world.eventsOf('port-published')).toMatchObject([
      { port: 3000, laptopPort: 3000 },
      { port: 3001, laptopPort: 3001 },
    ]);
    expect(world.eventsOf('port-withdrawn')).toMatchObject([{ port: 3000 }]);
  });

  it('takes another port where that one is taken or forbidden', async () => {
    const world = await during({ publish: true }, listenOn(80), async ({ laptopHosts, clock }) => {
      laptopHosts.serve(loopback, 80, () => undefined);
      await clock.advance(1000);
      expect(await reach(laptopHosts, 40_001)).toBe('to 40001');
      laptopHosts.stop(loopback, 80);
    });
    expect(world.eventsOf('port-published')).toMatchObject([{ port: 80, laptopPort: 40_001 }]);
  });

  it('says so where this machine has no port at all, and goes on', async () => {
    const world = await during({ publish: true }, listenOn(80), async ({ laptopHosts, clock }) => {
      laptopHosts.fail(loopback, 80, 'EMFILE').fail(loopback, 40_001, 'EMFILE');
      await clock.advance(1000);
    });
    expect(world.eventsOf('warning')).toMatchObject([{ code: 'PORT_UNAVAILABLE', message: expect.stringContaining('EMFILE') }]);
  });
});

describe("where the process's localhost is the laptop's", () => {
  it('nothing is published, and a service of the laptop is there without a port of ours', async () => {
    const world = await during(
      { publish: true, fromHost: [5432], fromPod: [9000] },
      listenOn(8080),
      async ({ tunnel, clock, laptopHosts }) => {
        await clock.advance(1000);
        expect(tunnel.lastLease.hosts.served.toSorted()).toEqual(['127.0.0.1:8080', '127.0.0.1:9000', '::1:9000']);
        expect(laptopHosts.served).toEqual([]);
      },
      ({ tunnel }) => void Object.assign(tunnel, { capabilities: { ...tunnel.capabilities, ownLocalhost: false } }),
    );
    expect(world.eventsOf('port-published')).toEqual([]);
  });
});
