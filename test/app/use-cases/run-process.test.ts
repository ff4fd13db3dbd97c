import { beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../src/app/use-cases/run-process.ts';
import { ClusterError, HostError, TunnelError } from '../../../src/domain/errors.ts';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ip, IpAddress } from '../../../src/domain/netstack/address/ip-address.ts';
import type { ChildExit } from '../../../src/domain/ports/tunnel-port.ts';
import { ProxyName } from '../../../src/domain/routes/proxy-target.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { echo } from '../../fakes/memory-hosts.ts';
import { record } from '../../fakes/recording-sink.ts';
import { settle } from '../../fakes/fake-clock.ts';
import type { MemoryWorld } from '../../fakes/memory-tunnel.ts';
import { releaseCalls, SessionWorld } from './support/session-world.ts';

const sigint = 2;

/** What a session calls from its start to the release, as a plain run shows it: each is a place where it can fail or be interrupted. */
const startCalls = await callsOfPlainRun();

describe('runProcess', () => {
  let world: SessionWorld;
  beforeEach(() => {
    world = new SessionWorld();
  });

  it('gives back all that it took, last in first out, once', async () => {
    expect(await world.runToEnd()).toEqual({ code: 0 });
    expect(world.releases).toEqual(releaseCalls);
    expect(world.leftovers).toEqual([]);
  });

  it.each<ChildExit>([{ code: 7 }, { signal: 15 }])('passes on how the child ended: %j', async (exit) => {
    world = new SessionWorld(async () => exit);
    expect(await world.runToEnd()).toEqual(exit);
    expect(world.eventsOf('child-exited')).toMatchObject([{ exit }]);
  });

  it('writes the intent down before the Lease is made, and starts the watchdog before that', async () => {
    await world.runToEnd();
    const order = [
      'journal.open',
      'journal.append session-opened',
      'processes.startWatchdog',
      'journal.append lease-intended',
      'cluster.createLease',
    ];
    expect(world.calls.filter((call) => order.includes(call))).toEqual(order);
    expect(world.calls.indexOf('cluster.createLease')).toBeLessThan(world.calls.indexOf('cluster.createAgentPod'));
  });

  it('changes nothing before all reads went well', async () => {
    await world.runToEnd();
    const reads = ['cluster.missingRights', 'cluster.dryRunAgentPod', 'cluster.requireNamespace', 'tunnel.probe'];
    const firstChange = world.calls.indexOf('journal.open');
    for (const read of reads) expect(world.calls.indexOf(read)).toBeLessThan(firstChange);
  });

  it('says at the end what flowed, before the release', async () => {
    await world.runToEnd();
    expect(world.events.map(({ kind }) => kind).slice(-3)).toEqual(['traffic', 'releasing', 'released']);
    expect(world.eventsOf('traffic')).toMatchObject([{ traffic: { outbound: { connections: 0 } } }]);
  });

  it('tells each step and what it holds', async () => {
    await world.runToEnd();
    const steps = world.eventsOf('step-done').map((event) => event.step);
    expect(steps.toSorted()).toEqual(['child', 'lease', 'link', 'plan', 'pod', 'ports', 'ranges', 'tunnel']);
    expect(world.eventsOf('releasing')[0]?.things).toEqual(['ports', 'tunnel', 'link', 'lease, pod and secret', 'watchdog', 'journal']);
    expect(world.events.at(-1)?.kind).toBe('released');
  });

  describe('a failure', () => {
    it.each(startCalls)('of %s releases what was taken until then, in order, once', async (failing) => {
      const failure = new ClusterError({ code: 'FORBIDDEN', message: `${failing} failed` });
      world.script = (call) => {
        if (call === failing) throw failure;
      };
      await expect(world.runToEnd()).rejects.toBe(failure);
      expectOrderedReleases(world);
      // An intent that may not have reached the disk stays the watchdog's.
      const watched = failing === 'journal.append lease-intended' ? ['journal abcde', 'watchdog abcde'] : [];
      expect(world.leftovers).toEqual(watched);
    });

    it.each(startCalls)('of %s that comes late finds nothing left behind either', async (failing) => {
      world.script = async (call) => {
        if (call !== failing) return;
        await world.clock.sleep(1000, new AbortController().signal);
        throw new TunnelError({ code: 'LINK_FAILED', message: 'late' });
      };
      await expect(world.runToEnd()).rejects.toMatchObject({ message: 'late' });
      expectOrderedReleases(world);
    });

    it('says all rights that are missing, before the refusal that they cause', async () => {
      world.cluster.lacks = ({ resource }) => resource === 'secrets' || resource === 'leases';
      world.script = (call) => {
        if (call === 'cluster.dryRunAgentPod') throw new ClusterError({ code: 'FORBIDDEN', message: 'secrets is forbidden' });
      };
      const error = await world.runToEnd().catch((one: unknown) => one);
      expect(error).toMatchObject({ code: 'FORBIDDEN', hint: expect.stringContaining('edit') });
      expect((error as Error).message).toContain('create secrets: to hand the agent');
      expect((error as Error).message).toContain('delete leases.coordination.k8s.io');
      expect(world.cluster.leases.size).toBe(0);
    });

    it('of the probe names step, errno and what to do', async () => {
      world.tunnel.probeResult = {
        usable: false,
        step: 'unshare(NEWUSER)',
        errno: 'EPERM',
        reason: 'forbidden by AppArmor',
        hint: 'sysctl ...',
      };
      await expect(world.runToEnd()).rejects.toMatchObject({
        code: 'TUN_UNAVAILABLE',
        hint: 'sysctl ...',
        details: { step: 'unshare(NEWUSER)', errno: 'EPERM' },
      });
      expect(world.calls).not.toContain('journal.open');
    });

    it('of a command that does not exist keeps its own code', async () => {
      world = new SessionWorld(async () => {
        throw new HostError({ code: 'COMMAND_NOT_FOUND', message: 'child: not found' });
      });
      await expect(world.runToEnd()).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' });
      expect(world.leftovers).toEqual([]);
    });
  });

  describe('Ctrl-C', () => {
    it.each(startCalls)('as %s begins abandons the start and gives everything back', async (at) => {
      world.script = (call) => {
        if (call === at) world.signals.send(sigint);
      };
      const outcome = world.runToEnd();
      await expect(outcome).rejects.toBeInstanceOf(InterruptedError);
      await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED', signalNumber: sigint });
      expectOrderedReleases(world);
      expect(world.leftovers).toEqual([]);
    });

    it.each(['cluster.requireNamespace', 'cluster.dryRunAgentPod', 'cluster.createAgentPod', 'cluster.discoverRanges'])(
      'while %s hangs ends the wait',
      async (at) => {
        world.script = (call) => (call === at ? new Promise<never>(() => undefined) : undefined);
        const outcome = world.run().catch((error: unknown) => error);
        await settle();
        world.signals.send(sigint);
        expect(await world.clock.runUntilDone(outcome)).toBeInstanceOf(InterruptedError);
        expect(world.leftovers).toEqual([]);
      },
    );

    it('while the tunnel hangs at starting the child ends the wait', async () => {
      world.script = (call) => (call === 'tunnel.spawn' ? new Promise<never>(() => undefined) : undefined);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      world.signals.send(sigint);
      expect(await world.clock.runUntilDone(outcome)).toBeInstanceOf(InterruptedError);
      expect(world.leftovers).toEqual([]);
    });

    it('that comes as the child starts is the child’s', async () => {
      const slow = deferred<void>();
      world = new SessionWorld(({ onSignal }) => new Promise((resolve) => onSignal((signal) => resolve({ code: 40 + signal }))));
      world.script = (call) => (call === 'tunnel.spawn' ? slow.promise : undefined);
      const outcome = world.run();
      await settle();
      world.signals.send(sigint);
      slow.resolve();
      expect(await world.clock.runUntilDone(outcome)).toEqual({ code: 40 + sigint });
      expect(world.leftovers).toEqual([]);
    });

    it('does not leave a Lease that is being made', async () => {
      const slow = deferred<void>();
      world.script = (call) => (call === 'cluster.createLease' ? slow.promise : undefined);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      world.signals.send(sigint);
      await settle();
      expect(world.calls).not.toContain('cluster.deleteLease');
      slow.resolve();
      expect(await outcome).toBeInstanceOf(InterruptedError);
      expect(world.leftovers).toEqual([]);
    });

    it('is the child’s once it runs', async () => {
      world = new SessionWorld(({ onSignal }) => new Promise((resolve) => onSignal((signal) => resolve({ code: 40 + signal }))));
      const outcome = world.run();
      await settle();
      world.signals.send(sigint);
      expect(await outcome).toEqual({ code: 42 });
      expect(world.eventsOf('release-waits')).toEqual([]);
    });

    it('during the release tells what is still held, and does not hurry it', async () => {
      const slow = deferred<void>();
      world.script = (call) => (call === 'link.close' ? slow.promise : undefined);
      const outcome = world.run();
      await settle();
      world.signals.send(sigint); // the one that ended the child comes late, and by npm twice
      world.signals.send(sigint);
      expect(world.eventsOf('release-waits')).toEqual([]);
      await world.clock.advance(1000);
      world.signals.send(sigint);
      await world.clock.advance(1000);
      world.signals.send(sigint);
      const waits = { kind: 'release-waits', things: ['link', 'lease, pod and secret', 'watchdog', 'journal'] };
      expect(world.eventsOf('release-waits')).toEqual([waits, waits]);
      slow.resolve();
      expect(await outcome).toEqual({ code: 0 });
      expect(world.releases).toEqual(releaseCalls);
    });
  });

  describe('a session that is lost', () => {
    const losePod = ({ links }: SessionWorld): ClusterError => {
      const gone = new ClusterError({ code: 'POD_GONE', message: 'the pod is gone' });
      links.beforeOpen = () => Promise.reject(gone);
      links.last.break();
      return gone;
    };
    const waiting = (): Promise<ChildExit> => new Promise(() => undefined);

    it('by its tunnel ends with that error', async () => {
      world = new SessionWorld(waiting);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      const broken = new TunnelError({ code: 'TUNNEL_LOST', message: 'the device failed' });
      world.tunnel.lastLease.lose(broken);
      expect(await outcome).toMatchObject({ code: 'TUNNEL_LOST' });
      expect(world.leftovers).toEqual([]);
    });

    it('by its tunnel before the child has started ends too', async () => {
      world.script = (call) => (call === 'tunnel.spawn' ? new Promise<never>(() => undefined) : undefined);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      const broken = new TunnelError({ code: 'TUNNEL_LOST', message: 'the launcher died' });
      world.tunnel.lastLease.lose(broken);
      expect(await outcome).toBe(broken);
      expect(world.leftovers).toEqual([]);
    });

    it('by its pod asks the child to end, and waits for that', async () => {
      const ended = deferred<ChildExit>();
      world = new SessionWorld(({ onSignal }) => {
        onSignal(() => undefined);
        return ended.promise;
      });
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      const gone = losePod(world);
      await world.clock.advance(world.plan.timings.endGraceMs - 1);
      expect(world.tunnel.lastLease.child?.signals).toEqual([15, 18]);
      expect(world.releases).toEqual([]);
      ended.resolve({ code: 0 });
      expect(await outcome).toBe(gone);
      expect(world.events.map(({ kind }) => kind).filter((kind) => /^(link-|child-)/.test(kind))).toEqual([
        'child-starting',
        'child-started',
        'child-ending',
        'child-exited',
      ]);
      expect(world.leftovers).toEqual([]);
    });

    it('by its pod kills a child that does not end in time', async () => {
      world = new SessionWorld(({ onSignal }) => {
        onSignal(() => undefined);
        return waiting();
      });
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      const gone = losePod(world);
      await world.clock.advance(world.plan.timings.endGraceMs);
      expect(await outcome).toBe(gone);
      expect(world.tunnel.lastLease.child?.killed.aborted).toBe(true);
      expect(world.leftovers).toEqual([]);
    });

    it('by its link goes on when the link is back in time', async () => {
      const end = deferred<ChildExit>();
      world = new SessionWorld(() => end.promise);
      const outcome = world.run();
      await settle();
      world.links.last.break();
      await world.clock.advance(60_000);
      expect(world.eventsOf('link-restored')).toHaveLength(1);
      end.resolve({ code: 3 });
      expect(await outcome).toEqual({ code: 3 });
      expect(world.leftovers).toEqual([]);
    });

    it('is noticed when it was stopped meanwhile and goes on', async () => {
      const end = deferred<ChildExit>();
      world = new SessionWorld(() => end.promise);
      const outcome = world.run();
      await settle();
      world.links.last.beforeProof = (link) => link.break();
      world.signals.continue();
      await settle();
      expect(world.links.opened).toHaveLength(2);
      end.resolve({ code: 0 });
      expect(await outcome).toEqual({ code: 0 });
      expect(world.leftovers).toEqual([]);
    });

    it('by its link ends when that stays away', async () => {
      world = new SessionWorld(waiting);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      world.script = (call) => {
        if (call === 'links.open') throw new ClusterError({ code: 'API_UNREACHABLE', message: 'no route' });
      };
      world.links.last.break();
      expect(await world.clock.runUntilDone(outcome)).toMatchObject({ code: 'LINK_LOST' });
      expect(world.clock.now()).toBeGreaterThan(world.plan.timings.linkLimitMs - 10_000);
      expect(world.leftovers).toEqual([]);
    });

    it('by its pod ends at once', async () => {
      world = new SessionWorld(waiting);
      const outcome = world.run().catch((error: unknown) => error);
      await settle();
      world.script = (call) => {
        if (call === 'links.open') throw new ClusterError({ code: 'POD_GONE', message: 'deleted by somebody' });
      };
      world.links.last.break();
      await settle();
      expect(await outcome).toMatchObject({ code: 'POD_GONE' });
      expect(world.clock.now()).toBe(0);
    });
  });

  describe('a release that fails', () => {
    const forbidden = new ClusterError({ code: 'FORBIDDEN', message: 'no longer yours' });
    const unreachable = new ClusterError({ code: 'API_UNREACHABLE', message: 'no route' });

    it('of the Lease leaves journal and watchdog, and says what is left and how to remove it', async () => {
      world.script = (call) => {
        if (call === 'cluster.deleteLease') throw forbidden;
      };
      const error = await world.runToEnd().catch((one: unknown) => one);
      expect((error as AggregateError).errors).toEqual([forbidden]);
      expect(world.journals.entries('abcde').map(({ kind }) => kind)).toEqual(['session-opened', 'lease-intended']);
      expect(world.processes.watchdogs.get('abcde')).toBe('running');
      expect(world.eventsOf('left-behind')).toMatchObject([
        {
          objects: ['Lease inpod-abcde', 'Pod inpod-ann-shop-abcde', 'Secret inpod-abcde'],
          hint: expect.stringContaining('kubectl delete lease'),
        },
      ]);
      expect(world.tunnel.openLeases).toBe(0);
      expect(world.links.last.isGone).toBe(true);
    });

    it('while the API is away is tried again until the limit', async () => {
      world.script = (call) => {
        if (call === 'cluster.deleteLease') throw unreachable;
      };
      const error = await world.runToEnd().catch((one: unknown) => one);
      expect((error as AggregateError).errors).toEqual([unreachable]);
      expect(world.clock.now()).toBe(world.plan.timings.releaseLimitMs);
      expect(world.eventsOf('left-behind')).toHaveLength(1);
    });

    it('and succeeds when the API is back, leaves nothing', async () => {
      world.script = (call) => {
        if (call === 'cluster.deleteLease' && world.clock.now() < 5000) throw unreachable;
      };
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(world.leftovers).toEqual([]);
      expect(world.eventsOf('left-behind')).toEqual([]);
    });

    it.each(['tunnel.close', 'link.close', 'processes.releaseWatchdog', 'journal.discard'])(
      'of %s does not keep the others from theirs',
      async (failing) => {
        world.script = (call) => {
          if (call === failing) throw forbidden;
        };
        const error = await world.runToEnd().catch((one: unknown) => one);
        expect((error as AggregateError).errors).toEqual([forbidden]);
        expect(world.releases).toEqual(releaseCalls);
        expect(world.cluster.leases.size).toBe(0);
      },
    );

    it('after a failed start tells both', async () => {
      const quota = new ClusterError({ code: 'QUOTA_EXCEEDED', message: 'exceeded quota' });
      world.script = (call) => {
        if (call === 'cluster.createAgentPod') throw quota;
        if (call === 'cluster.deleteLease') throw forbidden;
      };
      const error = await world.runToEnd().catch((one: unknown) => one);
      expect((error as AggregateError).errors.flatMap((one: unknown) => (one instanceof AggregateError ? one.errors : [one]))).toEqual([
        quota,
        forbidden,
      ]);
    });

    it('whose journal can’t be written any more still ends clean', async () => {
      world.script = (call) => {
        if (call === 'journal.append lease-deleted') throw new HostError({ code: 'STATE_UNWRITABLE', message: 'no space left' });
      };
      await expect(world.runToEnd()).rejects.toBeInstanceOf(AggregateError);
      expect(world.leftovers).toEqual([]);
    });
  });

  describe('the child', () => {
    it('has the pod’s view', async () => {
      await world.runToEnd();
      const { hostname, addresses, files, gateway } = world.tunnel.lastLease.options;
      expect([hostname, addresses.map(String), gateway.toString()]).toEqual(['inpod-abcde', ['10.244.3.17'], '198.19.255.53']);
      expect(files.resolvConf).toBe(
        'nameserver 198.19.255.53\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n',
      );
      expect(files.hosts).toContain('198.19.255.1\thost.inpod.internal\n');
    });

    it('reaches the cluster through the link, all else from the laptop, and the laptop by its name', async () => {
      const dial = async ({ network, killed }: MemoryWorld, address: string, port: number): Promise<void> => {
        const parsed = IpAddress.parse(address);
        if (parsed) record(await network.dial({ address: parsed, port }, killed));
      };
      world = new SessionWorld(async (inside) => {
        await dial(inside, '10.96.7.7', 80);
        await dial(inside, '10.244.9.9', 8080);
        await dial(inside, '203.0.113.5', 443);
        await dial(inside, '198.19.255.1', 3000);
        return { code: 0 };
      });
      world.podHosts.serve('10.96.7.7', 80, echo).serve('10.244.9.9', 8080, echo);
      world.laptopHosts.serve('203.0.113.5', 443, echo).serve('127.0.0.1', 3000, echo);
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(world.podHosts.dials).toEqual(['10.96.7.7:80', '10.244.9.9:8080']);
      expect(world.laptopHosts.dials).toEqual(['203.0.113.5:443', '127.0.0.1:3000']);
    });
  });

  describe('the cluster’s networks', () => {
    it('that are found later are reached there, and told', async () => {
      world = new SessionWorld(async ({ network, killed }) => {
        world.cluster.addRange({ cidr: '203.0.113.0/28', kind: 'pod', source: 'Node b' });
        world.cluster.addRange({ cidr: '203.0.113.7/32', kind: 'pod', source: 'Pods one may list' });
        world.cluster.addRange({ cidr: 'nonsense', kind: 'pod', source: 'nobody' });
        record(await network.dial({ address: ip('203.0.113.5'), port: 443 }, killed));
        return { code: 0 };
      });
      world.podHosts.serve('203.0.113.5', 443, echo);
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(world.eventsOf('range-found')).toEqual([{ kind: 'range-found', cidr: '203.0.113.0/28', source: 'Node b' }]);
      expect(world.leftovers).toEqual([]);
    });

    it('that are this machine’s too are told, with the interface', async () => {
      world.laptopHosts.routesTold = [
        { cidr: '10.96.4.0/24', interfaceName: 'tun0' },
        { cidr: '192.168.1.0/24', interfaceName: 'wlan0' },
      ];
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(world.eventsOf('warning')).toMatchObject([
        {
          code: 'ROUTES_OVERLAP',
          message: expect.stringContaining('10.96.4.0/24 of tun0 and 10.96.0.0/'),
          hint: expect.stringContaining('--never-proxy'),
        },
      ]);
    });

    it('are told to be this machine’s too before the tunnel is opened, so that one that hangs is explained', async () => {
      world.laptopHosts.routesTold = [{ cidr: '10.96.4.0/24', interfaceName: 'tun0' }];
      const toldFirst: string[] = [];
      world.tunnel.script = (call) => void (call === 'open' && toldFirst.push(...world.eventsOf('warning').map(({ code }) => code)));
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(toldFirst).toEqual(['ROUTES_OVERLAP']);
    });

    it('that grow into this machine’s are told then, each overlap once', async () => {
      const told = (): readonly string[] => world.eventsOf('warning').map(({ message }) => message);
      world = new SessionWorld(async () => {
        for (const cidr of ['10.7.0.0/16', '10.8.1.4/32', '10.8.1.5/32', '192.168.1.0/25']) {
          world.cluster.addRange({ cidr, kind: 'pod', source: 'Node b' });
          await settle();
        }
        return { code: 0 };
      });
      world.laptopHosts.routesTold = [
        { cidr: '10.0.0.0/8', interfaceName: 'wg0', table: '51820' },
        { cidr: '192.168.1.0/24', interfaceName: 'wlan0' },
      ];
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect(told()).toEqual(
        ['10.0.0.0/8 of wg0 (table 51820) and 10.96.0.0/', '10.7.0.0/16', '10.8.1.4/32', '192.168.1.0/24 of wlan0 and 192.168.1.0/25'].map(
          (text) => expect.stringContaining(text),
        ),
      );
    });

    it('grow by the addresses of --also-proxy names, and give nothing up for those of --never-proxy', async () => {
      const addresses = ['198.51.100.10', '198.51.100.11'];
      world = new SessionWorld(
        async ({ network, killed }) => {
          for (const address of addresses) record(await network.dial({ address: ip(address), port: 5432 }, killed));
          return { code: 0 };
        },
        {
          alsoProxy: ['db.cloud.example', 'replica.cloud.example'].map((name) => ProxyName.parse(name)!),
          neverProxy: [Cidr.parse('198.51.100.11')!],
        },
      );
      world.clusterZone.set('db.cloud.example', '198.51.100.10').set('replica.cloud.example', '198.51.100.11');
      for (const hosts of [world.podHosts, world.laptopHosts]) for (const address of addresses) hosts.serve(address, 5432, echo);
      expect(await world.runToEnd()).toEqual({ code: 0 });
      expect([world.podHosts.dials, world.laptopHosts.dials]).toEqual([['198.51.100.10:5432'], ['198.51.100.11:5432']]);
      expect(world.leftovers).toEqual([]);
    });
  });

  it('renews the Lease while it runs, and not after', async () => {
    const end = deferred<ChildExit>();
    world = new SessionWorld(() => end.promise);
    const outcome = world.run();
    await world.clock.advance(35_000);
    expect(world.cluster.leases.get('inpod-abcde')?.renewals).toBe(3);
    end.resolve({ code: 0 });
    await outcome;
    expect(world.clock.sleeping).toBe(0);
  });
});

async function callsOfPlainRun(): Promise<readonly string[]> {
  const world = new SessionWorld();
  await world.runToEnd();
  return [...new Set(world.calls.slice(0, world.calls.indexOf('tunnel.close')))];
}

/** What was given back was given back once and in the order of the plain run. */
function expectOrderedReleases(world: SessionWorld): void {
  expect(world.releases).toEqual(releaseCalls.filter((call) => world.releases.includes(call)));
  expect(new Set(world.releases).size).toBe(world.releases.length);
}
