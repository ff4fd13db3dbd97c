import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const paths: readonly (readonly [string, Partial<FrameFaults>])[] = [['no fault', {}], allOfIt];

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

describe.each(sessions)("the kernel's TCP, in a session of $name, TUN $device", ({ person, device }) => {
  let bed: KernelBed;
  beforeAll(async () => {
    openTun();
    bed = await KernelBed.open(person, { device, seed: 20_261 });
  });
  afterEach(() => bed.setFaults(noFaults));
  afterAll(() => bed.close());

  const expectNoFlows = () => expect.poll(async () => (await bed.look()).flows, patient).toBe(0);
  // Who runs it changes what the launcher does, not the device: all is tried by one of them.
  const isBrief = person.uid === 0 && people.length > 1;

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

  it.each(isBrief ? [] : [10_000])('keeps %i connections at once, each with its own bytes', async (count) => {
    const before = await bed.look();
    const outcome = await bed.act('many', { hosts: [servers[4], servers[6]], port: ports.echo, count });
    expect(outcome).toEqual({ opened: count, same: count, ended: count });
    const after = await bed.look();
    expect(after.mostFlows).toBeGreaterThanOrEqual(count);
    expect(after.rssBytes - before.rssBytes).toBeLessThan(200e6);
    await expectNoFlows();
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

    // With offload a frame holds up to 44 times as much: more bytes make enough frames for chance.
    const rough = device === 'best' ? 4_000_001 : 700_001;

    it.each(isBrief ? [allOfIt] : faults)('carries streams over a path with %s', async (_, some: Partial<FrameFaults>) => {
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

    describe.each(isBrief ? paths.slice(0, 1) : paths)('over a path with %s', (_, some) => {
      const isClean = total(some) === 0;
      beforeEach(() => bed.setFaults({ ...noFaults, ...some }));
      afterEach(async () => {
        await bed.setFaults(noFaults);
        // Of those whose last RST was lost.
        if (!isClean) await bed.release();
        await expectNoFlows();
      });

      it('carries both ways at once, and half-closes: the program first', async () => {
        expect(await bed.act('echo', { host, port: ports.echo, bytes: 5_000_001, seed: 3 })).toEqual({ bytes: 5_000_001, same: true });
      });

      it('half-closes: the far side first', async () => {
        const { said, sent } = await bed.act('after_end', { host, port: ports.endsFirst, bytes: 300_000, seed: 4 });
        expect(said).toBe('bye');
        await expect.poll(async () => (await bed.look()).seen.received, patient).toContain(sent);
      });

      it('opens and ends many short connections', async () => {
        const count = isClean ? 1000 : 200;
        const outcome = await bed.act('short', { host, port: ports.echo, count, parallel: 8, resets: isClean });
        expect(outcome).toEqual({ done: count, failures: [] });
      });

      it('passes the program’s resets on', async () => {
        const before = (await bed.look()).seen.closed.length;
        await bed.act('resets', { host, port: ports.recorder, count: 20 });
        await bed.setFaults(noFaults);
        if (!isClean) await bed.release();
        const expected = Array.from({ length: 20 }, () => 'ECONNRESET');
        await expect.poll(async () => (await bed.look()).seen.closed.slice(before), patient).toEqual(expected);
      });

      it.each([1, 3_000_000])('passes the far side’s reset on, after %i bytes', async (bytes) => {
        const { errno } = await bed.act('is_reset', { host, port: ports.resets, bytes });
        expect(['ECONNRESET', 'EPIPE']).toContain(errno);
      });

      it('carries datagrams, and delivers none that was not sent', async () => {
        const { back, wrong } = await bed.act('udp_many', { host, port: ports.echo, count: 500, size: 300 });
        expect(wrong).toBe(0);
        expect(back).toBeGreaterThanOrEqual(isClean ? 500 : 400);
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
    });

    describe('opens that nobody answers', () => {
      afterEach(async () => {
        await bed.release();
        await expectNoFlows();
      });

      it.each(isBrief ? [] : [5000])(
        'lets others through while %i opens are not answered, and holds no more of these than it may',
        async (count) => {
          const before = await bed.look();
          expect(await bed.act('floods', { host, port: ports.hangs, echoPort: ports.echo, count })).toEqual({ worked: true });
          const after = await bed.look();
          expect(after.flows).toBeGreaterThan(1000);
          expect(after.flows).toBeLessThanOrEqual(1024);
          // So many as the TUN's queue, which is the kernel's, had room for.
          expect(after.opensEvicted - before.opensEvicted).toBeGreaterThan(1000);
          expect(after.rssBytes - before.rssBytes).toBeLessThan(64e6);
        },
      );

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
});
