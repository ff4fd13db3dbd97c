import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/domain/session/undo-journal.ts';
import { CrashWorld, type Happening } from './support/crash-world.ts';
import type { DeathPlan } from './support/death.ts';

/** All kinds: one more doesn't compile until it stands here, and fails until a session died at it. */
const kinds: Readonly<Record<JournalEntry['kind'], true>> = {
  'session-opened': true,
  'lease-intended': true,
  'lease-deleted': true,
  'workload-intended': true,
  'workload-given-back': true,
  'machine-change-intended': true,
  'machine-change-undone': true,
};
const whens: readonly DeathPlan['when'][] = ['before', 'midst', 'after'];
const recreate = ['its strategy is Recreate'];

/** A session that takes the place, and ends by itself. */
const usual: readonly Happening[] = [
  { atMs: 5000, what: 'listens' },
  { atMs: 30_000, what: 'exits' },
  { atMs: 40_000, what: 'serves' },
];

/** So often is repaired at most: once for each death of a repairer, and until the API is back. */
const maxRepairs = 10;

async function repaired(world: CrashWorld, deaths: readonly DeathPlan[]): Promise<void> {
  for (const plan of deaths) await world.repair(plan);
  for (let time = 0; world.journals.texts.size > 0 && time < maxRepairs; time++) await world.repair(undefined);
}

describe('a session in a workload’s place that dies', () => {
  it.each([
    ['is repaired, wherever that is', [] as readonly string[]],
    ['is repaired, wherever that is, where the workload went first', recreate],
  ])('%s', async (_what, exclusive) => {
    const seen = new Set<string>();
    for (const when of whens)
      for (let at = 0; ; at++) {
        const world = new CrashWorld({ at, when }, exclusive, usual);
        await world.live();
        if (!world.death.isDead) {
          expect(world.wrongs, 'after an ordinary end').toEqual([]);
          break;
        }
        seen.add(world.death.calls.at(-1) ?? '');
        await repaired(world, []);
        expect(world.wrongs, `${when} ${world.death.calls.at(-1)}`).toEqual([]);
      }
    for (const kind of Object.keys(kinds)) expect(seen).toContain(`append ${kind}`);
  });

  it('is repaired by whoever comes after a repairer that died, wherever that was', async () => {
    const atTheSwitch = new CrashWorld(undefined, [], usual);
    await atTheSwitch.live();
    const at = atTheSwitch.death.calls.indexOf('workloads.scaleDown');
    const seen = new Set<string>();
    for (const when of whens)
      for (let second = 0; ; second++) {
        const world = new CrashWorld({ at, when: 'after' }, [], usual);
        await world.live();
        expect(world.workloads.facts.replicas).toBe(0);
        const calls = await world.repair({ at: second, when });
        calls.forEach((call) => seen.add(call));
        await repaired(world, []);
        expect(world.wrongs, `${when} ${calls.at(-1)}`).toEqual([]);
        if (calls.length <= second) break;
      }
    expect([...seen]).toEqual(expect.arrayContaining(['append workload-given-back', 'append lease-deleted', 'discard']));
  });

  const atMs = fc.integer({ min: 0, max: 120_000 });
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    fc.record({ atMs, what: fc.constantFrom('listens', 'exits', 'rival', 'serves') }),
    fc.record({ atMs, what: fc.constant('signal'), signalNumber: fc.constantFrom(1, 2, 15) }),
    fc.record({ atMs, what: fc.constant('scale'), replicas: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ atMs, what: fc.constant('away'), forMs: fc.integer({ min: 1, max: 150_000 }) }),
  );
  const plan = fc.record({ at: fc.nat(60), when: fc.constantFrom(...whens) });
  const story = fc.record({
    death: fc.option(plan, { nil: undefined }),
    exclusive: fc.constantFrom([], recreate),
    happenings: fc.array(happening, { maxLength: 6 }).map((some) => [...some, { atMs: 130_000, what: 'exits' } as const]),
    repairers: fc.array(plan, { maxLength: 3 }),
  });

  test.prop([story], { numRuns: 300 })(
    'ends as it was, whatever happens in whatever order',
    async ({ death, exclusive, happenings, repairers }) => {
      const world = new CrashWorld(death, exclusive, happenings);
      await world.live();
      await repaired(world, repairers);
      expect(world.wrongs).toEqual([]);
    },
    120_000,
  );
});
