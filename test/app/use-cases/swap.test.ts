import { describe, expect, it } from 'vitest';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { Meddling } from '../../../src/domain/ports/cluster/workloads.ts';
import type { Guardians, GuardianSpec } from '../../../src/domain/ports/cluster/guardians.ts';
import type { ChildExit } from '../../../src/domain/ports/tunnel-port.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { pendingUndo } from '../../../src/domain/session/undo-journal.ts';
import type { WorkloadFacts } from '../../../src/domain/workload/workload-facts.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { echo } from '../../fakes/memory-hosts.ts';
import type { MemoryWorld } from '../../fakes/memory-tunnel.ts';
import { MemoryWorkloads } from '../../fakes/memory-workloads.ts';
import { record } from '../../fakes/recording-sink.ts';
import { SessionWorld } from './support/session-world.ts';

const never = new AbortController().signal;
const workloadAddress = '10.244.0.9';

/** A session that takes the place of `web`. */
class SwapWorld extends SessionWorld {
  readonly workloads: MemoryWorkloads;
  readonly started = deferred<MemoryWorld>();
  readonly ended = deferred<ChildExit>();
  /** Calls that change or await something of the workload, and the giving back of all else, in order. */
  readonly steps: string[] = [];

  constructor(facts: Partial<WorkloadFacts> = {}) {
    super(
      (memory) => {
        memory.onSignal((signalNumber) => this.ended.resolve({ signal: signalNumber }));
        this.started.resolve(memory);
        return this.ended.promise;
      },
      { swap: { type: 'deploy', name: 'web', container: undefined }, podName: 'web-inpod-abcde' },
    );
    this.workloads = new MemoryWorkloads(facts);
    this.workloads.script = (call) => void this.steps.push(call);
    this.cluster.workloads = this.workloads;
    this.script = (call) => {
      if (['cluster.createAgentPod', 'link.close', 'cluster.deleteLease'].includes(call)) this.steps.push(call);
    };
  }

  /** Until the session has the place. */
  async take(): Promise<MemoryWorld> {
    const memory = await this.started.promise;
    await memory.local.listen('127.0.0.1', 8080, echo);
    while (this.eventsOf('place-taken').length === 0) await this.clock.advance(100);
    return memory;
  }

  /** A connection of the cluster's to the pod. */
  connect(): Promise<ByteChannel> {
    return this.podHosts.dial({ host: '127.0.0.1', port: 8080 }, never);
  }

  /** The workload's pods answer `old`. */
  serveAgain(): void {
    this.podHosts.serve(workloadAddress, 8080, (channel) => {
      record(channel);
      channel.write(Buffer.from('old'));
      channel.end();
    });
    this.workloads.serving.resolve([workloadAddress]);
  }
}

describe('taking the place of a workload', () => {
  it('lets it serve until the process does, and again before the pod leaves', async () => {
    const world = new SwapWorld();
    const done = world.run();
    await world.started.promise;
    await world.clock.advance(30_000);
    expect(world.steps).toEqual(['readWorkload', 'markWorkload', 'cluster.createAgentPod']);
    expect(world.links.opened[0]?.isServing).toBe(false);
    await world.take();
    expect(world.links.opened[0]?.isServing).toBe(true);
    await world.clock.advance(5000);
    expect(world.steps.slice(3)).toEqual(['untilRouted', 'scaleDown serving-on']);
    await world.clock.advance(7000);
    expect(world.steps.slice(5)).toEqual(['endOrphans']);
    world.serveAgain();
    world.ended.resolve({ code: 0 });
    await world.clock.runUntilDone(done);
    expect(world.steps.slice(6)).toEqual(['giveBackWorkload', 'untilServedWithout', 'withdrawPod', 'link.close', 'cluster.deleteLease']);
    expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
    expect(world.leftovers).toEqual([]);
  });

  it('makes a pod of its template, with its ports', async () => {
    const world = new SwapWorld();
    const done = world.run();
    await world.take();
    expect([...world.cluster.pods.values()][0]?.spec).toMatchObject({
      podName: 'web-inpod-abcde',
      ports: [8080],
      template: { kind: 'Deployment', name: 'web', container: 'main', as: 'successor', skipInit: [] },
    });
    world.serveAgain();
    world.ended.resolve({ code: 0 });
    await world.clock.runUntilDone(done);
  });

  it('holds connections that come after the end, until the workload takes them', async () => {
    const world = new SwapWorld();
    const done = world.run();
    const { local } = await world.take();
    local.stop('127.0.0.1', 8080);
    const early = record(await world.connect());
    await world.clock.advance(1000);
    world.ended.resolve({ code: 0 });
    await world.clock.advance(1000);
    const late = record(await world.connect());
    await world.clock.advance(5000);
    expect([early.text, late.text]).toEqual(['', '']);
    world.serveAgain();
    await world.clock.runUntilDone(done);
    expect([early.text, late.text]).toEqual(['old', 'old']);
  });

  it('lets a request end before a signal ends the process, and holds new ones', async () => {
    const world = new SwapWorld();
    const done = world.run();
    const { local } = await world.take();
    const requests: ByteChannel[] = [];
    local.stop('127.0.0.1', 8080);
    await local.listen('127.0.0.1', 8080, (channel) => {
      record(channel);
      requests.push(channel);
    });
    const first = record(await world.connect());
    await settle();
    world.signals.send(15);
    const second = await world.connect();
    const secondSink = record(second);
    await world.clock.advance(500);
    expect(requests).toHaveLength(1);
    requests[0]?.write(Buffer.from('new'));
    requests[0]?.end();
    await settle();
    expect(first.text).toBe('new');
    world.serveAgain();
    expect(await world.clock.runUntilDone(done)).toEqual({ signal: 15 });
    expect([requests.length, secondSink.text]).toEqual([1, 'old']);
  });

  it('gives a signal after a second, whatever is under way', async () => {
    const world = new SwapWorld();
    const done = world.run();
    await world.take();
    record(await world.connect());
    await settle();
    world.signals.send(2);
    world.serveAgain();
    expect(await world.clock.runUntilDone(done)).toEqual({ signal: 2 });
  });

  it('scales first where the two can’t stand side by side, and says so', async () => {
    const world = new SwapWorld({ exclusive: ['its strategy is Recreate'] });
    const done = world.run();
    await world.started.promise;
    expect(world.steps).toEqual(['readWorkload', 'markWorkload', 'scaleDown at-once', 'untilScaledDown', 'cluster.createAgentPod']);
    expect(world.eventsOf('swap-gap')).toEqual([{ kind: 'swap-gap', workload: 'deployment/web', reason: 'its strategy is Recreate' }]);
    world.ended.resolve({ code: 0 });
    await world.clock.runUntilDone(done);
    expect(world.steps.slice(5)).toEqual(['giveBackWorkload', 'link.close', 'cluster.deleteLease']);
    expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
  });

  it('unmarks a workload whose place was never taken, at once', async () => {
    const world = new SwapWorld();
    world.ended.resolve({ code: 3 });
    expect(await world.run()).toEqual({ code: 3 });
    expect(world.steps.slice(3)).toEqual(['giveBackWorkload', 'link.close', 'cluster.deleteLease']);
    expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
    expect(world.leftovers).toEqual([]);
  });

  it.each<[string, (world: SwapWorld) => void]>([
    ['was at zero before', (world) => (world.workloads.facts = { ...world.workloads.facts, replicas: 0 })],
    ['is gone at the end', (world) => void world.started.promise.then(() => (world.workloads.giveBackWorkload = async () => 'left-alone'))],
  ])('waits for nothing where the workload %s', async (_what, arrange) => {
    const world = new SwapWorld();
    arrange(world);
    const done = world.run();
    await world.take();
    world.ended.resolve({ code: 0 });
    expect(await done).toEqual({ code: 0 });
    expect(world.steps).not.toContain('untilServedWithout');
    expect(world.eventsOf('warning')).toEqual([]);
  });

  it('ends the session where the workload was taken from it meanwhile', async () => {
    const world = new SwapWorld();
    world.workloads.script = (call) => {
      if (call !== 'scaleDown serving-on') return;
      throw new ClusterError({ code: 'CONFLICT', message: 'somebody else has it' });
    };
    world.serveAgain();
    const done = world.run();
    const { local } = await world.started.promise;
    await local.listen('127.0.0.1', 8080, echo);
    await expect(world.clock.runUntilDone(done)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(world.leftovers).toEqual([]);
  });

  it('goes on to the end where the workload does not come back in time, and says so', async () => {
    const world = new SwapWorld();
    const done = world.run();
    await world.take();
    world.ended.resolve({ code: 0 });
    await world.clock.advance(1000);
    const waiting = record(await world.connect());
    await world.clock.runUntilDone(done);
    expect(world.eventsOf('warning')).toMatchObject([
      { code: 'POD_TIMEOUT', message: expect.stringContaining("doesn't serve after 120 s") as string },
    ]);
    await waiting.whenClosed;
    expect(world.leftovers).toEqual([]);
  });

  it.each<[string, ClusterError, number]>([
    ['whose pod is gone has nothing to leave', new ClusterError({ code: 'NOT_FOUND', message: 'no such pod' }), 0],
    ["that can't be watched is told of, and no failure", new ClusterError({ code: 'FORBIDDEN', message: 'endpointslices' }), 1],
  ])('%s', async (_what, error, warnings) => {
    const world = new SwapWorld();
    world.workloads.script = (call) => {
      if (call === 'untilServedWithout') throw error;
    };
    const done = world.run();
    await world.take();
    world.ended.resolve({ code: 0 });
    expect(await world.clock.runUntilDone(done)).toEqual({ code: 0 });
    expect(world.eventsOf('warning')).toHaveLength(warnings);
    expect(world.leftovers).toEqual([]);
  });

  it.each(['untilRouted', 'scaleDown serving-on', 'endOrphans', 'giveBackWorkload', 'untilServedWithout', 'withdrawPod'])(
    'tries again where the API is away at %s',
    async (away) => {
      const world = new SwapWorld();
      let tries = 0;
      world.workloads.script = (call) => {
        world.steps.push(call);
        if (call === away && ++tries < 3) throw new ClusterError({ code: 'API_UNREACHABLE', message: 'away' });
      };
      const done = world.run();
      await world.take();
      while (!world.steps.includes('endOrphans')) await world.clock.advance(1000);
      await world.clock.advance(5000);
      world.serveAgain();
      world.ended.resolve({ code: 0 });
      expect(await world.clock.runUntilDone(done)).toEqual({ code: 0 });
      expect(tries).toBe(3);
      expect(world.eventsOf('warning')).toEqual([]);
      expect(world.leftovers).toEqual([]);
    },
  );

  it('tells what is left where it can’t be given back, and the journal keeps it', async () => {
    const world = new SwapWorld();
    world.workloads.script = (call) => {
      if (call === 'giveBackWorkload') throw new ClusterError({ code: 'API_UNREACHABLE', message: 'away' });
    };
    const done = world.run();
    await world.take();
    world.ended.resolve({ code: 0 });
    await expect(world.clock.runUntilDone(done)).rejects.toBeInstanceOf(AggregateError);
    expect(world.eventsOf('left-behind')).toMatchObject([{ objects: ['deployment/web at 0 instead of 2'] }]);
    const entries = (await world.journals.list())[0]?.entries ?? [];
    expect(pendingUndo(entries)).toMatchObject([{ kind: 'give-back-workload', hold: { name: 'web', mark: { replicas: 2 } } }]);
  });

  describe('where the quota has no room for one pod more', () => {
    const tight = (fullFor: number, facts: Partial<WorkloadFacts> = {}): SwapWorld => {
      const world = new SwapWorld(facts);
      const enter = world.script;
      let looks = 0;
      world.script = (call) => {
        if (call === 'cluster.dryRunAgentPod' && looks++ < fullFor) throw new ClusterError({ code: 'QUOTA_EXCEEDED', message: 'no room' });
        return enter(call);
      };
      return world;
    };

    it('goes first, which is said, and waits until there is room', async () => {
      const world = tight(3);
      const done = world.run();
      await world.clock.runUntilDone(world.started.promise);
      expect(world.eventsOf('swap-gap')).toMatchObject([{ reason: "the namespace's quota has no room for one pod more" }]);
      expect(world.steps).toEqual(['readWorkload', 'markWorkload', 'scaleDown at-once', 'untilScaledDown', 'cluster.createAgentPod']);
      world.ended.resolve({ code: 0 });
      expect(await world.clock.runUntilDone(done)).toEqual({ code: 0 });
    });

    it('is given back where there is no room after all', async () => {
      const world = tight(100);
      await expect(world.clock.runUntilDone(world.run())).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
      expect(world.leftovers).toEqual([]);
    });

    it('is refused before anything is changed where its going makes none', async () => {
      const world = tight(100, { replicas: 0 });
      await expect(world.clock.runUntilDone(world.run())).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      expect(world.steps).toEqual(['readWorkload']);
    });
  });

  it.each<[string, Meddling, RegExp]>([
    ['scales it up again', { did: 'scaled', by: 'argocd-controller' }, /deployment\/web was scaled up again by argocd-controller: its pods serve beside/],
    ['deletes it', { did: 'deleted' }, /deployment\/web was deleted: your command serves in its place/],
  ])('is told once when somebody %s, and goes on', async (_what, meddling, message) => {
    const world = new SwapWorld();
    const done = world.run();
    await world.take();
    world.workloads.meddled.resolve(meddling);
    await world.clock.advance(60_000);
    expect(world.eventsOf('warning')).toMatchObject([{ code: 'CONFLICT', message: expect.stringMatching(message) as string }]);
    world.serveAgain();
    world.ended.resolve({ code: 0 });
    expect(await world.clock.runUntilDone(done)).toEqual({ code: 0 });
    expect(world.leftovers).toEqual([]);
  }); // prettier-ignore

  describe('where the namespace may have guardians', () => {
    const guarded = (postGuardian: Guardians['postGuardian']): SwapWorld => {
      const world = new SwapWorld();
      world.cluster.guardians = { mayGuard: async () => true, postGuardian };
      return world;
    };
    const toEnd = async (world: SwapWorld): Promise<void> => {
      const done = world.run();
      await world.take();
      world.serveAgain();
      world.ended.resolve({ code: 0 });
      await world.clock.runUntilDone(done);
    };

    it('has one, that goes with its Lease', async () => {
      const posted: GuardianSpec[] = [];
      await toEnd(guarded(async (spec) => void posted.push(spec)));
      const owner = { name: 'inpod-abcde', uid: 'uid-inpod-abcde' };
      expect(posted).toEqual([
        { sessionId: 'abcde', owner, image: 'node:24-slim', program: '// guardian', guardMs: 120_000, lookMs: 10_000 },
      ]);
    });

    it('goes on without where it can’t be made, and says so', async () => {
      const world = guarded(async () => {
        throw new ClusterError({ code: 'QUOTA_EXCEEDED', message: 'no quota left', hint: 'ask' });
      });
      await toEnd(world);
      expect(world.eventsOf('warning')).toMatchObject([{ code: 'QUOTA_EXCEEDED', message: 'no guardian for this session: no quota left' }]);
    });
  });

  describe('that another session has', () => {
    const theirs = { version: 1, lease: 'inpod-other', holder: 'bob@desk', replicas: 2 } as const;
    const owners = [{ manager: 'helm', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' }];
    /** Bob's session has the place, and was silent for so long. */
    const worldOf = async (silentMs: number): Promise<SwapWorld> => {
      const world = new SwapWorld({ heldBy: theirs, replicas: 0, isRollingOut: true });
      const hold = { kind: 'Deployment', name: 'web', mark: theirs, replicasOwners: owners } as const;
      await world.cluster.createLease({ name: 'inpod-other', sessionId: 'other', holder: 'bob@desk', durationSeconds: 30, hold }, never);
      world.cluster.nowMs = () => world.cluster.wallMs + silentMs;
      world.calls.length = 0;
      return world;
    };

    it('is refused before anything is made', async () => {
      const world = await worldOf(299_000);
      await expect(world.runToEnd()).rejects.toMatchObject({ code: 'WORKLOAD_TAKEN' });
      expect(world.calls).not.toContain('cluster.createLease');
    });

    it('is taken over after five minutes of silence, and given back as it was before either', async () => {
      const world = await worldOf(300_000);
      const done = world.run();
      await world.take();
      expect(world.eventsOf('session-repaired')).toMatchObject([
        { sessionId: 'other', detail: 'gave deployment/web its 2 replicas back; deleted Lease inpod-other with its pod and Secret' },
      ]);
      expect([...world.cluster.leases.values()]).toMatchObject([{ name: 'inpod-abcde', hold: { replicasOwners: owners } }]);
      expect(world.cluster.notices.get('inpod-other')).toMatchObject({ by: 'ann@laptop (session abcde)' });
      world.serveAgain();
      world.ended.resolve({ code: 0 });
      await world.clock.runUntilDone(done);
      expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
    });

    it('is taken over at once where that session left nothing but its mark', async () => {
      const world = await worldOf(0);
      world.cluster.leases.clear();
      const done = world.run();
      await world.take();
      expect(world.eventsOf('session-repaired')).toMatchObject([{ sessionId: 'other', detail: 'gave deployment/web its 2 replicas back' }]);
      world.serveAgain();
      world.ended.resolve({ code: 0 });
      await world.clock.runUntilDone(done);
      expect(world.workloads.facts).toMatchObject({ replicas: 2, heldBy: undefined });
    });
  });

  it('is refused by a cluster that has no workloads', async () => {
    const world = new SwapWorld();
    world.cluster.workloads = undefined;
    await expect(world.runToEnd()).rejects.toMatchObject({ code: 'WORKLOAD_UNSUITABLE' });
  });
});
