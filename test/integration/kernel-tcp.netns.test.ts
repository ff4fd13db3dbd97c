import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noFaults, type FrameFaults } from '../../src/domain/netstack/device/fault-injector.ts';
import { hasFfi, makePeople } from '../adapters/tun/launcher-bed.ts';
import { gateway, ports, servers } from './support/kernel-addresses.ts';
import { KernelBed } from './support/kernel-bed.ts';

const nobody = { people: [], openTun: () => undefined, restore: () => undefined };
const { people, openTun, restore } = process.platform === 'linux' && hasFfi() ? makePeople() : nobody;
if (people.length === 0) it.skip('needs Linux and ffi-napi', () => undefined);
afterAll(() => {
  restore();
});

// Who runs it changes what the launcher does, not the device: a plain one is tried by one of them.
const sessions = people.flatMap((person, i) =>
  (i === people.length - 1 ? (['best', 'plain'] as const) : (['best'] as const)).map((device) => ({ person, device, name: person.name })),
);
const patient = { timeout: 10_000 };
const versions = [4, 6] as const;
const allOfIt = [
  'all of it',
  { loss: 0.005, duplication: 0.01, reordering: 0.02, corruption: 0.005, delayMs: 1, reorderingMs: 3 },
] as const;
const faults: readonly (readonly [string, Partial<FrameFaults>])[] = [
  ['loss', { loss: 0.03 }],
  ['duplication', { duplication: 0.1, reorderingMs: 2 }],
  ['reordering', { reordering: 0.1, reorderingMs: 2 }],
  ['corruption', { corruption: 0.03 }],
  ['delay', { delayMs: 3 }],
  allOfIt,
];

const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

describe.each(sessions)("the kernel's TCP, in a session of $name, TUN $device", ({ person, device }) => {
  let bed: KernelBed;
  beforeAll(async () => {
    openTun();
    bed = await KernelBed.open(person, { device, seed: 20_261 });
  });
  afterEach(() => bed.setFaults(noFaults));
  afterAll(() => bed.close());

  it('has the TUN that was asked for', async () => {
    const expected = device === 'best' ? { vnetHeaderBytes: 10, mtuBytes: 65_520 } : { vnetHeaderBytes: 0, mtuBytes: 1500 };
    expect(await bed.look()).toMatchObject(expected);
    const { stdout } = await bed.run(['ip', 'link', 'show', 'pod0']);
    expect(stdout).toContain(`mtu ${expected.mtuBytes} `);
  });

  it('holds back who sends to a program that accepts nobody, and loses nothing', async () => {
    const accepted = bed.act('accepts_late', { host: servers[4], listenPort: 8000, countPort: ports.floodCount });
    await bed.flood(8000);
    const { heldAt, bytes, same } = await accepted;
    expect({ bytes, same }).toEqual({ bytes: 24_000_000, same: true });
    expect(heldAt).toBeLessThan(16_000_000);
  });

  it('is answered by the gateway when it pings', async () => {
    expect((await bed.run(['ping', '-c', '2', '-i', '0.1', '-W', '5', gateway])).stdout).toContain('2 received');
  });

  describe.each(versions)('IPv%i', (version) => {
    const host = servers[version];
    const bulk = device === 'best' ? 32_000_003 : 8_000_003;

    it('carries a long stream up, exactly', async () => {
      expect(await bed.act('upload', { host, port: ports.sink, bytes: bulk, seed: 1 })).toEqual({ same: true });
    });

    it('carries a long stream down, exactly', async () => {
      expect(await bed.act('download', { host, port: ports.source, bytes: bulk, seed: 2 })).toEqual({ bytes: bulk, same: true });
    });

    it('carries both ways at once, and half-closes: the program first', async () => {
      expect(await bed.act('echo', { host, port: ports.echo, bytes: 5_000_001, seed: 3 })).toEqual({ bytes: 5_000_001, same: true });
    });

    it('half-closes: the far side first', async () => {
      const { said, sent } = await bed.act('after_end', { host, port: ports.endsFirst, bytes: 300_000, seed: 4 });
      expect(said).toBe('bye');
      await expect.poll(async () => (await bed.look()).seen.received, patient).toContain(sent);
    });

    // With offload a frame holds up to 44 times as much: more bytes make enough frames for chance.
    const rough = device === 'best' ? 4_000_001 : 700_001;

    it.each(person.uid === 0 && people.length > 1 ? [allOfIt] : faults)(
      'carries streams over a path with %s',
      async (_, some: Partial<FrameFaults>) => {
        const before = (await bed.look()).injected;
        await bed.setFaults({ ...noFaults, ...some });
        const streams = [
          bed.act('upload', { host, port: ports.sink, bytes: rough, seed: 5 }),
          bed.act('download', { host, port: ports.source, bytes: rough, seed: 6 }),
          bed.act('echo', { host, port: ports.echo, bytes: rough, seed: 7 }),
        ];
        expect(await Promise.all(streams)).toMatchObject([{ same: true }, { same: true }, { same: true }]);
        const { injected } = await bed.look();
        if (some.delayMs === undefined) expect(total(injected)).toBeGreaterThan(total(before));
      },
    );

    it('opens and ends a thousand short connections', async () => {
      const outcome = await bed.act('short', { host, port: ports.echo, count: 1000, parallel: 8 });
      expect(outcome).toEqual({ done: 1000, failures: [] });
    });

    it('passes the program’s reset on', async () => {
      const before = (await bed.look()).seen.closed.length;
      await bed.act('resets', { host, port: ports.recorder });
      await expect.poll(async () => (await bed.look()).seen.closed.slice(before), patient).toEqual(['ECONNRESET']);
    });

    it.each([1, 3_000_000])('passes the far side’s reset on, after %i bytes', async (bytes) => {
      const { errno } = await bed.act('is_reset', { host, port: ports.resets, bytes });
      expect(['ECONNRESET', 'EPIPE']).toContain(errno);
    });

    it('carries datagrams of all sizes both ways', async () => {
      const largest = (device === 'best' ? 65_520 - 28 : 1500 - 28) - (version === 6 ? 20 : 0);
      const outcome = await bed.act('udp', { host, port: ports.echo, sizes: [0, 1, 2, 511, 1400, largest] });
      expect(outcome).toEqual({ same: Array.from({ length: 6 }, () => true) });
    });

    it('tells of a datagram that nobody takes', async () => {
      expect(await bed.act('udp', { host, port: ports.refused, sizes: [4] })).toEqual({ errno: 'ECONNREFUSED' });
    });

    it('refuses what the far side refuses', async () => {
      expect(await bed.act('refused', { host, port: ports.refused })).toEqual({ errno: 'ECONNREFUSED' });
    });

    it('stalls the program while the far side doesn’t read, and loses nothing', async () => {
      const argument = { host, port: ports.reluctant, releasePort: ports.release, bytes: 4_000_000, seed: 8 };
      const { stalledAt, same } = await bed.act('stalls', argument);
      expect(same).toBe(true);
      expect(stalledAt).toBeGreaterThan(100_000);
      // The receive window, the channel, and the kernel's own send buffer, which is twice what was asked for.
      expect(stalledAt).toBeLessThan(2_000_000);
    });

    it('stalls the far side while the program doesn’t read, and loses nothing', async () => {
      const { heldAt, bytes, same } = await bed.act('reads_late', { host, port: ports.flood, countPort: ports.floodCount });
      expect({ bytes, same }).toEqual({ bytes: 24_000_000, same: true });
      expect(heldAt).toBeGreaterThan(100_000);
      expect(heldAt).toBeLessThan(2_000_000);
    });

    it('lets others through while opens are not answered, and tells who answers late that the program gave up', async () => {
      const before = (await bed.look()).seen.closed.length;
      const argument = { host, port: ports.hangs, echoPort: ports.echo, count: 50 };
      expect(await bed.act('gives_up', argument)).toEqual({ pending: true, worked: true });
      expect((await bed.look()).seen.hanging).toBe(50);
      await bed.release();
      await expect
        .poll(async () => (await bed.look()).seen.closed.slice(before), patient)
        .toEqual(Array.from({ length: 50 }, () => 'ECONNRESET'));
    });
  });
});
