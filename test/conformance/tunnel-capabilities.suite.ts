import { describe, expect, it } from 'vitest';
import type { ChildCommand, ChildExit, TunnelLease } from '../../src/domain/ports/tunnel-port.ts';
import { echo } from '../fakes/memory-hosts.ts';
import type { MemoryNetwork } from '../fakes/memory-network.ts';
import type { TunnelHarness } from './tunnel-harness.ts';
import { errnoNumbers, notPermitted, type TunnelAct } from './tunnel-act.ts';

/** Destinations by what the options of {@link TunnelBed} say of them. */
export const places = {
  /** In a network of the cluster's. */
  cluster: '10.96.7.7',
  cluster6: 'fd00:10:96::7',
  /** In a network of the cluster's, and in one of the laptop's within that. */
  laptop: '10.96.77.7',
  /** In none. */
  elsewhere: '203.0.113.5',
} as const;

/** What the suite's parts share: a new network for each test, and a backend that is open for one act. */
export interface TunnelBed {
  readonly network: MemoryNetwork;
  open(): Promise<TunnelLease>;
  command(argv: readonly string[]): ChildCommand;
  /** Runs one act in a tunnel of its own. */
  run(act: TunnelAct): Promise<ChildExit>;
}

const succeeded = { code: 0 };
const { cluster, cluster6 } = places;

/** Each capability, declared or not: what the port says of it. Those of a backend that may not be opened at all (`rootless`) are tested with that. */
export function describeCapabilities({ capabilities, staticProgram, snapshot }: TunnelHarness, bed: TunnelBed): void {
  const { routing } = capabilities;
  const send = (host: string, port = 7): Promise<ChildExit> => bed.run({ act: 'echo', host, port, bytes: 1000, connections: 1 });

  describe('udp', () => {
    const datagram = { act: 'udp', host: cluster, port: 99, text: 'a datagram' } as const;

    it.runIf(capabilities.udp)('carries datagrams both ways', async () => {
      bed.network.hosts.serveDatagrams(cluster, 99, (payload) => payload);
      expect(await bed.run(datagram)).toEqual(succeeded);
    });

    it.runIf(capabilities.udp)('tells that nobody listens', async () => {
      expect(await bed.run({ ...datagram, port: 98 })).toEqual({ code: errnoNumbers.ECONNREFUSED });
    });

    it.runIf(!capabilities.udp)('undeclared: fails where the child alone is changed; nothing reaches the far side', async () => {
      bed.network.hosts.serveDatagrams(cluster, 99, (payload) => payload);
      const outcome = await bed.run({ ...datagram, giveUpMs: 500 }).catch((error: { code: string; hint?: string }) => error);
      expect(bed.network.hosts.datagramTargets).toEqual([]);
      if (capabilities.isolated) {
        const unsupported = expect.objectContaining({ code: 'UNSUPPORTED', hint: expect.stringContaining('--backend') });
        expect([notPermitted, unsupported]).toContainEqual(outcome);
      } else expect([errnoNumbers.ETIMEDOUT, errnoNumbers.EHOSTUNREACH, errnoNumbers.ENETUNREACH]).toContain(outcome.code);
    });
  });

  describe('ipv6', () => {
    it.runIf(capabilities.ipv6)('carries connections', async () => {
      bed.network.hosts.serve(cluster6, 7, echo);
      expect(await send(cluster6)).toEqual(succeeded);
      expect(bed.network.hosts.dials).toEqual([`${cluster6}:7`]);
    });

    it.runIf(!capabilities.ipv6)('undeclared: connecting fails at once, and nothing is dialled', async () => {
      bed.network.hosts.serve(cluster6, 7, echo);
      expect([errnoNumbers.ENOSYS, errnoNumbers.EAFNOSUPPORT, errnoNumbers.ENETUNREACH]).toContain((await send(cluster6)).code);
      expect(bed.network.hosts.dials).toEqual([]);
    });
  });

  describe('refusedConnects', () => {
    const refusals = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'] as const;
    it.runIf(capabilities.refusedConnects).each(refusals)('tells %s as the far side saw it', async (errno) => {
      bed.network.hosts.fail(cluster, 7, errno);
      expect(await bed.run({ act: 'connect', host: cluster, port: 7 })).toEqual({ code: errnoNumbers[errno] });
    });

    it.runIf(!capabilities.refusedConnects).each(refusals)('undeclared: what %s is ends, without a byte', async (errno) => {
      bed.network.hosts.fail(cluster, 7, errno);
      expect([0, errnoNumbers.ECONNRESET]).toContain((await bed.run({ act: 'connect', host: cluster, port: 7 })).code);
      expect((await send(cluster)).code).not.toBe(0);
    });
  });

  it(`resets: one of the far side ${capabilities.resets ? 'is passed on as one' : 'ends the connection'}`, async () => {
    bed.network.hosts.serve(cluster, 7, (channel) => {
      const reset = (): void => channel.reset({ errno: 'ECONNRESET', message: 'test' });
      channel.attach({ data: reset, ended: reset, drained: () => undefined, closed: () => undefined });
    });
    const code = capabilities.resets ? errnoNumbers.ECONNRESET : 0;
    expect(await bed.run({ act: 'connect', host: cluster, port: 7 })).toEqual({ code });
  });

  describe('staticPrograms', () => {
    const withHost = (): ChildCommand => bed.command([...staticProgram, cluster, '7']);

    it.runIf(capabilities.staticPrograms)('are carried', async () => {
      bed.network.hosts.serve(cluster, 7, echo);
      const child = await (await bed.open()).spawn(withHost());
      expect(await child.exited).toEqual(succeeded);
      expect(bed.network.hosts.dials).toEqual([`${cluster}:7`]);
    });

    it.runIf(!capabilities.staticPrograms)('undeclared: are refused with a hint, rather than run beside the tunnel', async () => {
      const lease = await bed.open();
      const outcome = lease.spawn(withHost()).then((child) => child.exited);
      await expect(outcome).rejects.toMatchObject({ code: 'PROGRAM_NOT_HOOKABLE', hint: expect.stringContaining('--backend') });
    });
  });

  it(`isolated: the machine is ${capabilities.isolated ? 'unchanged' : 'changed'} while it is open, and as before afterwards`, async () => {
    const before = await snapshot();
    const lease = await bed.open();
    const meanwhile = await snapshot();
    await lease.close();
    if (capabilities.isolated) expect(meanwhile).toBe(before);
    else expect(meanwhile).not.toBe(before);
    await expect.poll(snapshot, { timeout: 5000 }).toBe(before);
  });

  it(`privateFiles: the hostname is ${capabilities.privateFiles ? "the pod's" : "this machine's"}`, async () => {
    expect(await bed.run({ act: 'expect-hostname', hostname: 'suite-pod' })).toEqual({ code: capabilities.privateFiles ? 0 : 1 });
  });

  describe(`routing by ${routing}`, () => {
    const isByNetworks = routing === 'networks';
    it.each([
      ["a network of the cluster's", cluster, true],
      ["a network of the laptop's within it", places.laptop, !isByNetworks],
      ['an address of neither', places.elsewhere, !isByNetworks],
    ])('%s: dialled from where the port says', async (_what, host, isDialled) => {
      bed.network.hosts.serve(host, 7, echo);
      const { code } = await send(host);
      if (isDialled) expect(code).toBe(0);
      else expect(code).not.toBe(0);
      expect(bed.network.hosts.dials).toEqual(isDialled ? [`${host}:7`] : []);
    });
  });
}
