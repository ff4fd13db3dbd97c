import { beforeEach, describe, expect, it } from 'vitest';
import { SessionNetwork } from '../../../src/app/use-cases/session-network.ts';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { LearnedAddresses } from '../../../src/domain/routes/learned-addresses.ts';
import { SessionTraffic } from '../../../src/domain/session/session-traffic.ts';
import type { RoutePlan } from '../../../src/domain/routes/route-plan.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { echo, MemoryHosts } from '../../fakes/memory-hosts.ts';
import { record } from '../../fakes/recording-sink.ts';

const never = new AbortController().signal;

describe('SessionNetwork', () => {
  let clock: FakeClock;
  let pod: MemoryHosts;
  let laptop: MemoryHosts;
  let learned: LearnedAddresses;
  let avoided: LearnedAddresses;
  let routes: RoutePlan;
  let linkIsUp: boolean;
  let traffic: SessionTraffic;
  let network: SessionNetwork;

  beforeEach(() => {
    clock = new FakeClock();
    pod = new MemoryHosts();
    laptop = new MemoryHosts();
    learned = new LearnedAddresses();
    avoided = new LearnedAddresses();
    traffic = new SessionTraffic(clock);
    linkIsUp = true;
    routes = { hostAddress: ip('198.19.255.1'), neverProxy: [], alsoProxy: [], clusterRanges: [Cidr.parse('10.96.0.0/16')!] };
    const link = {
      dial: pod.dial.bind(pod),
      openDatagrams: (target: { host: string; port: number }) => (linkIsUp ? pod.openDatagrams(target) : undefined),
    };
    const names = { answer: async (message: Uint8Array, transport: string) => Buffer.concat([message, Buffer.from(transport)]) };
    network = new SessionNetwork({ link, host: laptop, names, learned, avoided, clock, traffic, routes: () => routes });
  });

  const to = (address: string, port: number) => ({ address: ip(address), port });

  it.each([
    ['10.96.7.7', 'pod', '10.96.7.7:80'],
    ['203.0.113.5', 'laptop', '203.0.113.5:80'],
    ['2001:db8::5', 'laptop', '2001:db8::5:80'],
    ['198.19.255.1', 'laptop', '127.0.0.1:80'],
  ])('dials %s from the %s', async (address, side, dialled) => {
    pod.serve('10.96.7.7', 80, echo);
    laptop.serve('203.0.113.5', 80, echo).serve('2001:db8::5', 80, echo).serve('127.0.0.1', 80, echo);
    record(await network.dial(to(address, 80), never));
    expect([pod.dials, laptop.dials]).toEqual(side === 'pod' ? [[dialled], []] : [[], [dialled]]);
  });

  it('passes on that the far side refused', async () => {
    await expect(network.dial(to('10.96.7.7', 81), never)).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
  });

  it('keeps the addresses of names of --never-proxy from the cluster, as long as they are in use', async () => {
    laptop.serve('10.96.7.7', 80, echo);
    avoided.learn(ip('10.96.7.7'), 30, clock.now(), 'wiki.office.example');
    learned.learn(ip('10.96.7.7'), 30, clock.now());
    const used = await network.dial(to('10.96.7.7', 80), never);
    record(used);
    await clock.advance(3_600_000);
    record(await network.dial(to('10.96.7.7', 80), never));
    expect([pod.dials, laptop.dials]).toEqual([[], ['10.96.7.7:80', '10.96.7.7:80']]);
    used.reset({ errno: 'ECONNRESET', message: 'over' });
  });

  it('sends what the cluster’s DNS gave to the cluster, for a while', async () => {
    pod.serve('203.0.113.5', 80, echo);
    laptop.serve('203.0.113.5', 80, echo);
    learned.learn(ip('203.0.113.5'), 5, clock.now());
    const used = await network.dial(to('203.0.113.5', 80), never);
    record(used);
    used.reset({ errno: 'ECONNRESET', message: 'enough' });
    await clock.advance(600_001);
    record(await network.dial(to('203.0.113.5', 80), never));
    expect([pod.dials.length, laptop.dials.length]).toEqual([1, 1]);
  });

  it('sends there what a program goes on using, for as long as it does and a while more', async () => {
    pod.serve('203.0.113.5', 80, echo);
    laptop.serve('203.0.113.5', 80, echo);
    learned.learn(ip('203.0.113.5'), 5, clock.now());
    const used = await network.dial(to('203.0.113.5', 80), never);
    record(used);
    await clock.advance(3_600_000);
    record(await network.dial(to('203.0.113.5', 80), never));
    used.reset({ errno: 'ECONNRESET', message: 'enough' });
    expect([pod.dials.length, laptop.dials.length]).toEqual([2, 0]);
  });

  it('holds no address for a dial that failed, nor for one that isn’t learnt, nor for datagrams that ended', async () => {
    learned.learn(ip('203.0.113.5'), 5, clock.now());
    await expect(network.dial(to('203.0.113.5', 81), never)).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
    const datagrams = network.openDatagrams(to('203.0.113.5', 53));
    await clock.advance(900_000);
    expect(learned.has(ip('203.0.113.5'), clock.now())).toBe(true);
    datagrams.close();
    datagrams.close();
    await clock.advance(600_000);
    expect(learned.has(ip('203.0.113.5'), clock.now())).toBe(false);
    expect(learned.has(ip('203.0.113.6'), clock.now())).toBe(false);
  });

  it('counts connections, and says which dial was the slowest, by the name that led there', async () => {
    pod.serve('10.96.7.7', 80, echo);
    learned.learn(ip('10.96.7.7'), 5, clock.now(), 'web.shop.svc');
    const channel = await network.dial(to('10.96.7.7', 80), never);
    record(channel);
    channel.write(Buffer.from('hello'));
    await settle();
    await expect(network.dial(to('203.0.113.5', 81), never)).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
    network.openDatagrams(to('203.0.113.5', 53)).send(Buffer.from('?'));
    expect(traffic.summary()).toMatchObject({
      outbound: { connections: 1, sentBytes: 5, receivedBytes: 5 },
      datagrams: { sent: 1 },
      slowestDial: { target: '203.0.113.5:81', tookMs: 0, outcome: 'failed' },
    });
    record(await network.dial(to('10.96.7.7', 80), never));
    expect(traffic.summary().slowestDial?.target).toBe('web.shop.svc:80');
  });

  it('follows ranges that grow', async () => {
    pod.serve('10.244.1.1', 80, echo);
    routes = { ...routes, clusterRanges: [Cidr.parse('10.244.0.0/16')!] };
    record(await network.dial(to('10.244.1.1', 80), never));
    expect(pod.dials).toHaveLength(1);
  });

  it('passes questions on with their transport', async () => {
    expect(Buffer.from(await network.resolve(Buffer.from('question over '), 'tcp')).toString()).toBe('question over tcp');
  });

  describe('datagrams', () => {
    const listen = (channel: ReturnType<SessionNetwork['openDatagrams']>): { received: string[]; failures: string[] } => {
      const seen = { received: [] as string[], failures: [] as string[] };
      channel.attach({
        datagram: (payload) => seen.received.push(Buffer.from(payload).toString()),
        failed: (errno) => seen.failures.push(errno),
      });
      return seen;
    };

    it('go by the same routes', async () => {
      pod.serveDatagrams('10.96.0.10', 53, (payload) => payload);
      laptop.serveDatagrams('127.0.0.1', 123, (payload) => payload);
      const inCluster = network.openDatagrams(to('10.96.0.10', 53));
      const atLaptop = network.openDatagrams(to('198.19.255.1', 123));
      const seen = [listen(inCluster), listen(atLaptop)];
      inCluster.send(Buffer.from('one'));
      atLaptop.send(Buffer.from('two'));
      await settle();
      expect(seen.map(({ received }) => received)).toEqual([['one'], ['two']]);
    });

    it('are lost while the path is away, and arrive again on the same flow when it is back', async () => {
      pod.serveDatagrams('10.96.8.8', 8125, (payload) => payload);
      linkIsUp = false;
      const channel = network.openDatagrams(to('10.96.8.8', 8125));
      const seen = listen(channel);
      channel.send(Buffer.from('lost'));
      await settle();
      linkIsUp = true;
      channel.send(Buffer.from('arrives'));
      channel.send(Buffer.from('as well'));
      await settle();
      expect(seen).toEqual({ received: ['arrives', 'as well'], failures: [] });
      expect(pod.datagramTargets).toHaveLength(1);
      channel.close();
      expect(pod.openDatagramChannels).toBe(0);
    });

    it('closed while the path is away open nothing later', async () => {
      linkIsUp = false;
      const channel = network.openDatagrams(to('10.96.8.8', 8125));
      listen(channel);
      channel.close();
      linkIsUp = true;
      channel.send(Buffer.from('late'));
      expect(pod.datagramTargets).toEqual([]);
    });
  });
});
