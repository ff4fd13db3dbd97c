import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/domain/errors.ts';
import { cidr } from '../support/cidr.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { AcceptChannel } from '../../src/domain/ports/listener.ts';
import type { ChildCommand, ChildExit, TunnelLease, TunnelOptions, TunnelPort } from '../../src/domain/ports/tunnel-port.ts';
import { deferred } from '../../src/domain/promises.ts';
import { echo } from '../fakes/memory-hosts.ts';
import { MemoryNetwork } from '../fakes/memory-network.ts';
import { record } from '../fakes/recording-sink.ts';
import type { TunnelHarness } from './tunnel-harness.ts';
import { unknownName, type TunnelAct } from './tunnel-act.ts';
import { describeCapabilities, places, type TunnelBed } from './tunnel-capabilities.suite.ts';

const pod = ip('10.244.3.17');
const pod6 = ip('fd00:10:244::17');
const server = places.cluster;
const never = new AbortController().signal;
const stdio = [0, 1, 2];

/** What every backend keeps, whatever it is made of. */
export function describeTunnelPort(name: string, harness: TunnelHarness): void {
  describe(`${name} as a TunnelPort`, () => {
    const { capabilities } = harness;
    let tunnel: TunnelPort;
    let network: MemoryNetwork;
    const leases: TunnelLease[] = [];

    const options = (): TunnelOptions => ({
      sessionId: 'suite',
      hostname: 'suite-pod',
      addresses: [pod, pod6],
      gateway: ip('198.19.255.53'),
      files: {
        resolvConf: 'nameserver 198.19.255.53\nsearch default.svc.cluster.local\noptions ndots:5\n',
        hosts: '127.0.0.1\tlocalhost\n10.244.3.17\tsuite-pod\n',
      },
      outbound: network,
      networks: {
        cluster: ['10.96.0.0/16', '10.244.0.0/16', 'fd00:10:96::/112', 'fd00:10:244::/64'].map(cidr),
        laptop: [cidr('10.96.77.0/24')],
      },
    });
    const open = async (): Promise<TunnelLease> => {
      const lease = await tunnel.open({ ...options(), pod: await harness.pod?.(network) }, stdio, never);
      leases.push(lease);
      return lease;
    };
    const command = (argv: readonly string[], more: Partial<ChildCommand> = {}): ChildCommand => ({
      argv,
      environment: [{ name: Buffer.from('PATH'), value: Buffer.from(process.env['PATH'] ?? '/usr/bin:/bin') }],
      cwd: tmpdir(),
      umask: 0o022,
      ...more,
    });
    const actCommand = (act: TunnelAct, more: Partial<ChildCommand> = {}): ChildCommand =>
      command([...harness.program, JSON.stringify(act)], more);
    /** Runs one act in a tunnel of its own. */
    const run = async (act: TunnelAct, more: Partial<ChildCommand> = {}): Promise<ChildExit> => {
      const lease = await open();
      const child = await lease.spawn(actCommand(act, more));
      const exit = await child.exited;
      await lease.close();
      return exit;
    };
    const succeeded = { code: 0 };

    beforeAll(async () => {
      tunnel = await harness.setup();
    });
    afterAll(() => harness.teardown());
    beforeEach(() => {
      network = new MemoryNetwork();
    });
    afterEach(async () => {
      await Promise.all(leases.splice(0).map((lease) => lease.close()));
    });

    it('declares what it can', () => {
      expect(tunnel.capabilities).toEqual(capabilities);
    });

    if (!harness.isRoot && !capabilities.rootless) {
      const hint = expect.stringMatching(/--backend (tun|torsocks)/);
      it('needs root, and says so: by its own word, and as it is opened', async () => {
        expect(await tunnel.probe(never)).toMatchObject({ usable: false, errno: 'EPERM', hint });
        await expect(open()).rejects.toMatchObject({ code: 'NOT_PERMITTED', hint });
      });
      return;
    }

    it('is usable here by its own word', async () => {
      expect(await tunnel.probe(never)).toMatchObject({ usable: true });
    });

    it('does not open for a caller who has given up', async () => {
      const reason = new Error('given up');
      const error: unknown = await tunnel.open(options(), stdio, AbortSignal.abort(reason)).catch((one: unknown) => one);
      expect(error === reason || error instanceof CancelledError).toBe(true);
    });

    describe('child', () => {
      it.each([0, 1, 7, 255])('passes its exit code %i', async (code) => {
        expect(await run({ act: 'exit', code })).toEqual({ code });
      });

      it.each([
        ['SIGTERM', 15],
        ['SIGKILL', 9],
      ] as const)('tells that it died by %s', async (signal, number) => {
        expect(await run({ act: 'die-by', signal })).toEqual({ signal: number });
      });

      it('gets signals', async () => {
        const ready = deferred<void>();
        // Its own word, since what hooks connect(2) is still in it when the connection is made.
        const nothing = (): void => undefined;
        const untilReady: AcceptChannel = (channel) =>
          channel.attach({ data: () => ready.resolve(), ended: () => channel.end(), drained: nothing, closed: nothing });
        network.hosts.serve(server, 5, untilReady);
        const lease = await open();
        const child = await lease.spawn(actCommand({ act: 'exit-on-term', host: server, port: 5, code: 9 }));
        await ready.promise;
        child.signal(15);
        expect(await child.exited).toEqual({ code: 9 });
      });

      it('that does not exist is told apart', async () => {
        const outcome = open().then((lease) => lease.spawn(command(['no-such-command-anywhere'])).then((child) => child.exited));
        await expect(outcome).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' });
      });

      it('that cannot be executed is told apart', async () => {
        const outcome = open().then((lease) => lease.spawn(command(['/dev/null'])).then((child) => child.exited));
        await expect(outcome).rejects.toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE' });
      });

      it('has the environment, the folder and the umask of its command', async () => {
        const value = 'two\nlines and ünïcode=';
        const path = { name: Buffer.from('PATH'), value: Buffer.from(process.env['PATH'] ?? '/usr/bin:/bin') };
        const environment = [path, { name: Buffer.from('ODD'), value: Buffer.from(value) }];
        expect(await run({ act: 'expect-variable', name: 'ODD', value }, { environment })).toEqual(succeeded);
        expect(await run({ act: 'expect-cwd', path: '/' }, { cwd: '/' })).toEqual(succeeded);
        expect(await run({ act: 'expect-umask', umask: 0o027 }, { umask: 0o027 })).toEqual(succeeded);
      });
    });

    describe('TCP', () => {
      it('carries bytes both ways exactly, and half-closes', async () => {
        network.hosts.serve(server, 7, echo);
        expect(await run({ act: 'echo', host: server, port: 7, bytes: 3_000_001, connections: 1 })).toEqual(succeeded);
        expect(network.hosts.dials).toEqual([`${server}:7`]);
      });

      it('keeps many connections apart', async () => {
        const connections = harness.connectsAtOnce ?? 50;
        network.hosts.serve(server, 7, echo);
        expect(await run({ act: 'echo', host: server, port: 7, bytes: 20_000, connections })).toEqual(succeeded);
        expect(network.hosts.dials).toHaveLength(connections);
      });
    });

    describe("the child's own network", () => {
      const loopback = ip('127.0.0.1');

      it('can be listened in, for the child to connect to', async () => {
        const lease = await open();
        const listener = await lease.listen({ address: loopback, port: 0 }, echo);
        const child = await lease.spawn(
          actCommand({ act: 'echo', host: '127.0.0.1', port: listener.port, bytes: 100_000, connections: 20 }),
        );
        expect(await child.exited).toEqual(succeeded);
        await listener.close();
        await listener.close();
        await lease.close();
      });

      it('tells that a port is taken', async () => {
        const lease = await open();
        const { port } = await lease.listen({ address: loopback, port: 0 }, echo);
        await expect(lease.listen({ address: loopback, port }, echo)).rejects.toMatchObject({ errno: 'EADDRINUSE' });
        await lease.close();
      });

      it('is reached from without, and shows what listens', async () => {
        const lease = await open();
        // A low one where nobody else can have it.
        const own = capabilities.ownLocalhost ? 80 : await freePort();
        await lease.spawn(actCommand({ act: 'serve', host: '127.0.0.1', port: own }));
        const shown = async (): Promise<boolean> =>
          (await lease.listening()).some(({ address, port }) => port === own && address.toString() === '127.0.0.1');
        await expect.poll(shown, { timeout: 5000 }).toBe(true);
        const channel = await lease.connect({ address: loopback, port: own });
        const sink = record(channel);
        channel.write(Buffer.from('hello'));
        channel.end();
        await sink.whenClosed;
        expect(sink.text).toBe('hello');
        await expect(lease.connect({ address: loopback, port: own + 1 })).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
        await lease.close();
        expect(await lease.listening()).toEqual([]);
      });
    });

    it.runIf(!capabilities.ownLocalhost)("leads to the child, and to nobody else of this machine's localhost", async () => {
      const stranger = createServer(() => expect.unreachable()).listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      const { port } = stranger.address() as AddressInfo;
      const lease = await open();
      await lease.spawn(actCommand({ act: 'sleep' }));
      await expect(lease.connect({ address: ip('127.0.0.1'), port })).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
      expect((await lease.listening()).map((one) => one.port)).not.toContain(port);
      await lease.close();
      stranger.close();
    });

    describe('names', () => {
      it('are asked of the session', async () => {
        network.zone.set('web.default.svc.cluster.local', server);
        expect(await run({ act: 'resolve', name: 'web.default.svc.cluster.local', address: server })).toEqual(succeeded);
        expect(network.questions).toBeGreaterThan(0);
      });

      it('that nobody knows stay unknown', async () => {
        const exit = await run({ act: 'resolve', name: 'nobody.invalid', address: server });
        if (capabilities.unknownNames) expect(exit).toEqual({ code: unknownName });
        else expect([1, unknownName]).toContain(exit.code);
      });
    });

    describe.runIf(capabilities.privateFiles)('the pod’s view', () => {
      it.each<TunnelAct>([
        { act: 'expect-hostname', hostname: 'suite-pod' },
        { act: 'expect-file', path: '/etc/hosts', text: '127.0.0.1\tlocalhost\n10.244.3.17\tsuite-pod\n' },
        {
          act: 'expect-file',
          path: '/etc/resolv.conf',
          text: 'nameserver 198.19.255.53\nsearch default.svc.cluster.local\noptions ndots:5\n',
        },
        { act: 'expect-address', address: pod.toString() },
      ])('is the child’s: $act', async (act) => {
        expect(await run(act)).toEqual(succeeded);
      });
    });

    const bed: TunnelBed = {
      get network() {
        return network;
      },
      open,
      command,
      run,
    };
    describe('capability', () => describeCapabilities(harness, bed));

    describe('close', () => {
      it('ends the child, and `lost` without an error', async () => {
        const lease = await open();
        const child = await lease.spawn(actCommand({ act: 'sleep' }));
        await lease.close();
        await lease.close();
        expect(await lease.lost).toBeUndefined();
        const outcome = await child.exited.then(
          ({ signal }) => signal,
          (error: { code?: string }) => error.code,
        );
        expect([9, 'TUNNEL_LOST']).toContain(outcome);
      });

      it('refuses a child afterwards', async () => {
        const lease = await open();
        await lease.close();
        await expect(lease.spawn(actCommand({ act: 'exit', code: 0 }))).rejects.toMatchObject({ code: 'TUNNEL_LOST' });
      }, 10_000);

      it.runIf(capabilities.containedProcesses)('ends what the child left running', async () => {
        const marker = `inpod-suite-${process.pid}-${Date.now()}`;
        const lease = await open();
        const child = await lease.spawn(actCommand({ act: 'leave-daemon', marker }));
        expect(await child.exited).toEqual(succeeded);
        await lease.close();
        expect(await harness.countProcesses(marker)).toBe(0);
      });
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
