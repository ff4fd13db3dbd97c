import { describe, expect, it } from 'vitest';
import type { ToldName } from '../../../src/domain/dns/told-name.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { ProxyName } from '../../../src/domain/routes/proxy-target.ts';
import type { SessionPlan } from '../../../src/domain/session/session-plan.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { SessionWorld } from './support/session-world.ts';

const told = (name: string, address: string): ToldName => ({
  name,
  type: 'A',
  by: 'cluster',
  outcome: 'found',
  tookMs: 3,
  addresses: [ip(address)],
});
const db = told('db.cloud.example', '198.51.100.10');
const also = (name: string): Partial<SessionPlan> => ({ alsoProxy: [ProxyName.parse(name) ?? expect.unreachable()] });

/** A session whose pod tells of names while the child runs, and again when the child has ended. */
async function run(
  routing: 'connections' | 'networks' | 'none',
  names: readonly ToldName[],
  plan: Partial<SessionPlan> = {},
  zone: Readonly<Record<string, string>> = {},
): Promise<SessionWorld> {
  const world: SessionWorld = new SessionWorld(
    async () => {
      world.links.last.answerNames(...names);
      return { code: 0 };
    },
    plan,
    { routing },
  );
  for (const [name, address] of Object.entries(zone)) world.clusterZone.set(name, address);
  expect(await world.runToEnd()).toEqual({ code: 0 });
  expect(world.leftovers).toEqual([]);
  return world;
}

describe('names of a session', () => {
  it.each(['networks', 'none'] as const)('that are answered in the pod are told, with routing %s', async (routing) => {
    const world = await run(routing, [told('web', '10.96.7.7')]);
    const { addresses: _, ...event } = told('web', '10.96.7.7');
    expect(world.eventsOf('name-answered')).toEqual([{ kind: 'name-answered', ...event }]);
    expect(world.eventsOf('warning')).toEqual([]);
  });

  it('that are answered here aren’t asked of the pod', async () => {
    const world = await run('connections', [db]);
    expect(world.eventsOf('name-answered')).toEqual([]);
  });

  it('are told also after the link was lost', async () => {
    const world: SessionWorld = new SessionWorld(
      async () => {
        await settle();
        const [first] = world.links.opened;
        first?.break();
        await settle();
        expect(world.links.last).not.toBe(first);
        world.links.last.answerNames(told('web', '10.96.7.7'));
        await settle();
        expect(world.eventsOf('name-answered')).toHaveLength(1);
        world.links.last.answerNames(told('late', '10.96.7.8'));
        return { code: 0 };
      },
      {},
      { routing: 'none' },
    );
    await world.runToEnd();
    expect(world.eventsOf('name-answered').map(({ name }) => name)).toEqual(['web', 'late']);
  });

  it('that lead beside the tunnel are a warning, where networks are settled', async () => {
    expect((await run('networks', [db])).eventsOf('warning')).toMatchObject([
      { code: 'UNSUPPORTED', message: expect.stringContaining('198.51.100.10') },
    ]);
    expect((await run('none', [db])).eventsOf('warning')).toEqual([]);
  });

  it('that lead there by --also-proxy are none', async () => {
    const world = await run('networks', [db], also('db.cloud.example'), { 'db.cloud.example': '198.51.100.10' });
    expect(world.eventsOf('warning')).toEqual([]);
    expect(world.eventsOf('address-beside')).toEqual([]);
  });

  it('of --also-proxy that lead elsewhere later are a warning', async () => {
    const world: SessionWorld = new SessionWorld(
      async () => {
        world.clusterZone.set('db.cloud.example', '198.51.100.11');
        await world.clock.advance(60_000);
        return { code: 0 };
      },
      also('db.cloud.example'),
      { routing: 'networks' },
    );
    world.clusterZone.set('db.cloud.example', '198.51.100.10');
    await world.runToEnd();
    expect(world.eventsOf('warning')).toMatchObject([
      { code: 'UNSUPPORTED', message: expect.stringContaining('--also-proxy db.cloud.example leads to 198.51.100.11 now') },
    ]);
  });
});
