import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeOverSession } from '../../../src/app/use-cases/take-over-session.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import type { ClockPort } from '../../../src/domain/ports/clock-port.ts';
import type { WorkloadHold } from '../../../src/domain/workload/workload-facts.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';
import { MemoryWorkloads } from '../../fakes/memory-workloads.ts';

const never = new AbortController().signal;
const leaseName = 'inpod-abcde';
const replicas = 3;
const hold: WorkloadHold = {
  kind: 'Deployment',
  name: 'web',
  mark: { version: 1, lease: leaseName, holder: 'ann@laptop', replicas },
  replicasOwners: [],
};

/** Who acts. The owner renews its Lease, and releases at some time; it may sleep, as all may, or die. */
type Actor = 'owner' | 'watchdog' | 'bob' | 'eve' | 'guardian';
const repairers = { watchdog: 0, bob: undefined, eve: undefined, guardian: 120_000 } as const;

/** A cluster, five processes and their time. What a process asks for is done at once; it hears of that when it is woken: any sleep is a late answer. */
class World {
  readonly cluster = new MemoryCluster();
  readonly workloads = new MemoryWorkloads({ replicas });
  nowMs = 0;
  ownerDied = false;
  ownerReleases = false;
  /** What broke a promise. */
  readonly broken: string[] = [];
  /** How often the workload got its replicas back. */
  restored = 0;
  readonly #asleep = new Map<Actor, () => void>();
  readonly #acting: Promise<unknown>[] = [];

  constructor() {
    this.cluster.workloads = this.workloads;
    this.cluster.nowMs = () => Math.floor(this.nowMs / 1000) * 1000;
  }

  async start(): Promise<void> {
    await this.cluster.createLease({ name: leaseName, sessionId: 'abcde', holder: 'ann@laptop', durationSeconds: 30, hold }, never);
    this.#act('owner', () => this.#own());
    for (const [name, silenceMs] of Object.entries(repairers)) {
      const actor = name as keyof typeof repairers;
      this.#act(actor, () => this.#repair(actor, silenceMs));
    }
    await settle();
  }

  async wake(actor: Actor): Promise<void> {
    if (actor === 'owner' && this.ownerDied) return;
    const wake = this.#asleep.get(actor);
    this.#asleep.delete(actor);
    wake?.();
    await settle();
  }

  /** Everybody who lives acts, until nothing is left to do. */
  async untilDone(): Promise<void> {
    this.ownerReleases = true;
    for (let lap = 0; this.#asleep.size > (this.ownerDied ? 1 : 0); lap++) {
      if (lap > 2000) throw new Error('it goes on without end');
      for (const actor of actors) await this.wake(actor);
      this.nowMs += 1000;
    }
    if (!this.ownerDied) await Promise.all(this.#acting);
  }

  async #own(): Promise<void> {
    const { cluster, workloads } = this;
    try {
      await this.#heard('owner', () => workloads.markWorkload(hold));
      await this.#heard('owner', () => workloads.scaleDown(hold, 'at-once'));
      while (!this.ownerReleases) {
        await this.#heard('owner', () => cluster.renewLease(leaseName, never));
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // claimed, or unmarked: it ends as it would otherwise
    }
    await this.#heard('owner', () => this.#giveBack());
    await this.#heard('owner', () => cluster.deleteLease(leaseName, never));
  }

  async #repair(actor: keyof typeof repairers, silenceMs: number | undefined): Promise<void> {
    const { cluster } = this;
    const heard = <T>(call: () => Promise<T>): Promise<T> => this.#heard(actor, call);
    const working = <T>(what: string, call: () => Promise<T>): Promise<T> => {
      const holder = cluster.leases.get(leaseName)?.holder;
      if (holder !== undefined && holder !== actor) this.broken.push(`${actor} ${what} while ${holder} has the Lease`);
      return heard(call);
    };
    const seen: Parameters<typeof takeOverSession>[0]['cluster'] = {
      readLease: (name) => heard(() => cluster.readLease(name, never)),
      claimLease: (name, facts, by) => heard(() => this.#claim(facts, () => cluster.claimLease(name, facts, by, never), silenceMs)),
      leaveNotice: (notice) => working('leaves a word', () => cluster.leaveNotice(notice, never)),
      deleteLease: (name) => working('deletes', () => cluster.deleteLease(name, never)),
      workloads: { giveBackWorkload: () => working('gives back', () => this.#giveBack()) },
    };
    while (cluster.leases.has(leaseName)) {
      await heard(async () => undefined);
      if (actor === 'watchdog' && !this.ownerDied) continue;
      try {
        await takeOverSession({ cluster: seen, clock: this.#clock, by: actor, silenceMs }, leaseName, never);
      } catch (error) {
        if (!(error instanceof AppError)) throw error; // live, or another's
      }
    }
  }

  async #claim(facts: { claims: number }, call: () => Promise<boolean>, silenceMs = 30_000): Promise<boolean> {
    const silentMs = (await this.cluster.readLease(leaseName, never))?.silentMs ?? 0;
    const isClaimed = await call();
    if (isClaimed && facts.claims === 0 && silentMs < silenceMs) this.broken.push(`a live session was taken after ${silentMs} ms`);
    return isClaimed;
  }

  async #giveBack(): Promise<'restored' | 'unmarked' | 'left-alone'> {
    const outcome = await this.workloads.giveBackWorkload(hold);
    if (outcome === 'restored') this.restored++;
    return outcome;
  }

  /** Does it at once; the answer is heard when the actor is woken. */
  async #heard<T>(actor: Actor, call: () => Promise<T>): Promise<T> {
    const answer = call();
    answer.catch(() => undefined);
    await new Promise<void>((resolve) => {
      this.#asleep.set(actor, resolve);
    });
    return answer;
  }

  #act(_actor: Actor, what: () => Promise<void>): void {
    this.#acting.push(what());
  }

  get #clock(): ClockPort {
    return { now: () => instant(this.nowMs), wallMs: () => this.nowMs, sleep: () => Promise.resolve() };
  }
}

const actors: readonly Actor[] = ['owner', 'watchdog', 'bob', 'eve', 'guardian'];
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ wake: fc.constantFrom(...actors) }) },
  { weight: 4, arbitrary: fc.record({ passMs: fc.constantFrom(1000, 5000, 10_000, 16_000, 31_000, 121_000) }) },
  { weight: 1, arbitrary: fc.constantFrom({ dies: true }, { releases: true }) },
);

describe('the Lease, with its owner asleep or dead and four who would repair', () => {
  it('has never two at work, never a live session taken, and the workload given back in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 120 }), async (happenings) => {
        const world = new World();
        await world.start();
        for (const one of happenings) {
          if ('wake' in one) await world.wake(one.wake);
          else if ('passMs' in one) world.nowMs += one.passMs;
          else if ('dies' in one) world.ownerDied = true;
          else world.ownerReleases = true;
        }
        await world.untilDone();
        expect(world.broken).toEqual([]);
        expect(world.cluster.leases.size).toBe(0);
        expect(world.workloads.facts).toMatchObject({ replicas, heldBy: undefined });
        expect(world.restored).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
