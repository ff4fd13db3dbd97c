import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ByteChannel, ChannelFailure } from '../../src/domain/byte-channel.ts';
import type { ClusterError } from '../../src/domain/errors.ts';
import { deferred } from '../../src/domain/promises.ts';
import type { RequiredRight } from '../../src/domain/ports/cluster/access-review.ts';
import type { AgentPayload, AgentPodSpec, LeaseReference, PodProgress } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import type { SessionLeaseSpec } from '../../src/domain/ports/cluster/session-leases.ts';
import type { WorkloadHold } from '../../src/domain/workload/workload-facts.ts';

/** Programs that a harness must be able to run in the agent's place. */
export type AgentKind =
  /** Listens, greets each connection with `hello`, sends back what it gets, and ends a connection after its client's `bye`. */
  | 'echo'
  /** Writes `no such module` to its log and exits with 3. */
  | 'crash'
  /** Runs, but never listens. */
  | 'silent';

/** What a cluster must provide to be tested. */
export interface ClusterHarness {
  setUp(): Promise<ClusterPort>;
  tearDown(): Promise<void>;
  payload(kind: AgentKind): AgentPayload;
  readonly image: string;
  /** One that can't be pulled. */
  readonly missingImage: string;
  /** One that the user lacks, though not its resource's without the subresource. */
  readonly lackedRight: RequiredRight;
  readonly grantedRight: RequiredRight;
  /** As somebody else would. */
  deletePod(podName: string): Promise<void>;
  /** Kinds of the session's objects that are there. */
  objectsOf(sessionId: string): Promise<readonly string[]>;
}

const greeting = 'hello';
const stepOrder = ['waiting', 'scheduled', 'pulling', 'started', 'ready'];
let count = 0;

/** What every {@link ClusterPort} keeps. */
export function describeClusterPort(name: string, harness: ClusterHarness): void {
  describe(`${name} as a ClusterPort`, () => {
    let cluster: ClusterPort;
    const leases: string[] = [];

    beforeAll(async () => {
      cluster = await harness.setUp();
    });
    afterEach(async () => {
      await Promise.all(leases.splice(0).map((lease) => cluster.deleteLease(lease, never())));
    });
    afterAll(async () => {
      await cluster.close();
      await cluster.close();
      await harness.tearDown();
    });

    const lease = async (more: Pick<SessionLeaseSpec, 'hold'> = {}): Promise<{ sessionId: string; owner: LeaseReference }> => {
      const sessionId = freshSessionId();
      const leaseName = `inpod-${sessionId}`;
      leases.push(leaseName);
      const owner = await cluster.createLease({ name: leaseName, sessionId, holder: 'ann@laptop', durationSeconds: 30, ...more }, never());
      return { sessionId, owner };
    };
    const podSpec = async (kind: AgentKind, image = harness.image): Promise<AgentPodSpec> => {
      const { sessionId, owner } = await lease();
      return { podName: `inpod-${sessionId}`, sessionId, image, owner, ports: [], payload: harness.payload(kind) };
    };

    it('names whom and what it talks to', () => {
      const { context, cluster: clusterName, server, kubeNamespace, user } = cluster.identity;
      for (const part of [context, clusterName, server, kubeNamespace, user]) expect(part).not.toBe('');
    });

    it('says which rights are missing, subresources included', async () => {
      await expect(cluster.missingRights([harness.grantedRight, harness.lackedRight], never())).resolves.toEqual([harness.lackedRight]);
      await expect(cluster.missingRights([], never())).resolves.toEqual([]);
    });

    it('accepts a namespace that exists', async () => {
      await expect(cluster.requireNamespace(never())).resolves.toBeUndefined();
    });

    it('gives ranges as CIDRs with their source', async () => {
      const ranges = await cluster.discoverRanges(never());
      expect(ranges.map(({ kind }) => kind)).toContain('service');
      for (const { cidr, source } of ranges) {
        expect(cidr).toMatch(/^[0-9a-f.:]+\/\d+$/);
        expect(source).not.toBe('');
      }
    });

    it('watches ranges until it is told to stop', async () => {
      const known = await cluster.discoverRanges(never());
      const stop = new AbortController();
      const watched = cluster.watchRanges(known, ({ cidr }) => expect(cidr).toMatch(/^[0-9a-f.:]+\/\d+$/), stop.signal);
      stop.abort();
      await watched;
    });

    it('leaves nothing after a dry run', async () => {
      const sessionId = freshSessionId();
      await cluster.dryRunAgentPod(
        { podName: `inpod-${sessionId}`, sessionId, image: harness.image, ports: [], payload: harness.payload('echo') },
        never(),
      );
      await expect(harness.objectsOf(sessionId)).resolves.toEqual([]);
    });

    it('makes, renews and deletes a Lease; deleting it twice is fine, renewing it then is not', async () => {
      const { sessionId, owner } = await lease();
      await cluster.renewLease(owner.name, never());
      await expect(harness.objectsOf(sessionId)).resolves.toEqual(['Lease']);
      await cluster.deleteLease(owner.name, never());
      await cluster.deleteLease(owner.name, never());
      await expect(codeOf(cluster.renewLease(owner.name, never()))).resolves.toBe('NOT_FOUND');
      expect(await cluster.readLease(owner.name, never())).toBeUndefined();
    });

    it('gives a Lease to the first who claims it, and not back to its session', async () => {
      const hold: WorkloadHold = {
        kind: 'Deployment',
        name: 'web',
        mark: { version: 1, lease: 'inpod-abcde', holder: 'ann@laptop', replicas: 2 },
        replicasOwners: [{ manager: 'helm', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' }],
      };
      const { owner } = await lease({ hold });
      const facts = await cluster.readLease(owner.name, never());
      if (!facts) throw new Error('there is no Lease');
      expect(facts).toMatchObject({ holder: 'ann@laptop', claims: 0, durationMs: 30_000, hold });
      expect(facts.silentMs).toBeGreaterThanOrEqual(0);
      expect(await cluster.claimLease(owner.name, facts, 'bob@desk (pid 1)', never())).toBe(true);
      expect(await cluster.claimLease(owner.name, facts, 'eve@home (pid 2)', never())).toBe(false);
      await expect(codeOf(cluster.renewLease(owner.name, never()))).resolves.toBe('LEASE_CLAIMED');
      expect(await cluster.readLease(owner.name, never())).toMatchObject({ holder: 'bob@desk (pid 1)', claims: 1, hold });
    });

    it('fails a claim of what was written since it was read, or is gone', async () => {
      const { owner } = await lease();
      const facts = await cluster.readLease(owner.name, never());
      if (!facts) throw new Error('there is no Lease');
      await cluster.renewLease(owner.name, never());
      expect(await cluster.claimLease(owner.name, facts, 'bob@desk (pid 1)', never())).toBe(false);
      await cluster.deleteLease(owner.name, never());
      expect(await cluster.claimLease(owner.name, facts, 'bob@desk (pid 1)', never())).toBe(false);
    });

    it('keeps the last word for a session until it is taken', async () => {
      const leaseName = `inpod-${freshSessionId()}`;
      const word = { leaseName, by: 'bob@desk (pid 1)', atWallMs: 1_700_000_000_000, detail: 'gave deployment/web its replica back' };
      expect(await cluster.takeNotice(leaseName, never())).toBeUndefined();
      await cluster.leaveNotice({ ...word, detail: 'nothing yet' }, never());
      await cluster.leaveNotice(word, never());
      expect(await cluster.takeNotice(leaseName, never())).toEqual(word);
      expect(await cluster.takeNotice(leaseName, never())).toBeUndefined();
    });

    it('makes an agent pod that can be reached at once, and that goes with its Lease', async () => {
      const spec = await podSpec('echo');
      const steps: PodProgress[] = [];
      await cluster.createAgentPod(spec, (step) => steps.push(step), never());
      expect(steps.at(-1)?.step).toBe('ready');
      expect(new Set(steps.map(({ step }) => step)).size).toBe(steps.length);
      for (const { step } of steps) expect(stepOrder).toContain(step);
      await expect(harness.objectsOf(spec.sessionId).then((kinds) => kinds.toSorted())).resolves.toEqual(['Lease', 'Pod', 'Secret']);

      const carrier = cluster.carrierTo(spec.podName);
      const [one, two] = await Promise.all([carrier.dial(never()).then(listen), carrier.dial(never()).then(listen)]);
      one.channel.write(Buffer.from('abc'));
      two.channel.write(Buffer.from('xyz'));
      await one.received(`${greeting}abc`);
      await two.received(`${greeting}xyz`);
      two.channel.reset({ errno: 'ECONNRESET', message: 'test' });
      expect(await two.closed).toMatchObject({ errno: 'ECONNRESET' });
      one.channel.write(Buffer.from('bye'));
      expect(await one.closed).toBeUndefined();
      expect(one.ended).toBe(true);

      await cluster.deleteLease(spec.owner.name, never());
      await vanished(harness, spec.sessionId);
      await expect(codeOf(carrier.dial(never()))).resolves.toBe('POD_GONE');
    }, 60_000);

    it('makes a Service for ports of the pod, that goes with its Lease as well', async () => {
      const spec = { ...(await podSpec('echo')), ports: [80, 8443] };
      await cluster.createAgentPod(spec, () => undefined, never());
      const kinds = await harness.objectsOf(spec.sessionId);
      expect(kinds.toSorted()).toEqual(['Lease', 'Pod', 'Secret', 'Service']);
      await cluster.deleteLease(spec.owner.name, never());
      await vanished(harness, spec.sessionId);
    }, 60_000);

    it('carries much in both directions to a reader that pauses, unchanged', async () => {
      const spec = await podSpec('echo');
      await cluster.createAgentPod(spec, () => undefined, never());
      const { channel, received, drained, counted } = listen(await cluster.carrierTo(spec.podName).dial(never()));
      await received(greeting);
      const chunk = Buffer.alloc(100_000, 'abcdefghij');
      for (let i = 0; i < 200; i++) {
        if (i % 50 === 10) pauseAWhile(channel);
        if (!channel.write(Buffer.from(chunk))) await drained();
      }
      await counted(greeting.length + 200 * chunk.length);
      channel.reset({ errno: 'ECONNRESET', message: 'test' });
    }, 60_000);

    it('lists sessions as their Leases and pods say, whoever made them', async () => {
      const before = Date.now();
      const spec = await podSpec('echo');
      const { sessionId } = spec;
      await cluster.createAgentPod(spec, () => undefined, never());
      // An agent may be reached before the kubelet has told that its pod runs.
      const phase = async (): Promise<string | undefined> =>
        (await cluster.listSessions(never())).pods.find((one) => one.sessionId === sessionId)?.phase;
      await expect.poll(phase, { timeout: 20_000 }).toBe('Running');
      const { leases, pods, unreadable } = await cluster.listSessions(never());
      expect(unreadable).toEqual([]);
      const [lease, ...noLeases] = leases.filter((one) => one.sessionId === sessionId);
      const [pod, ...noPods] = pods.filter((one) => one.sessionId === sessionId);
      expect([noLeases, noPods]).toEqual([[], []]);
      expect(lease).toMatchObject({ holder: 'ann@laptop', durationSeconds: 30 });
      expect(pod).toMatchObject({ name: spec.podName, phase: 'Running' });
      // The API counts whole seconds, and its clock may be another one.
      for (const time of [lease?.createdWallMs, lease?.renewedWallMs, pod?.createdWallMs])
        expect(Math.abs((time ?? 0) - before)).toBeLessThan(60_000);
      await cluster.deleteLease(spec.owner.name, never());
      await vanished(harness, sessionId);
      const after = await cluster.listSessions(never());
      expect([...after.leases, ...after.pods].filter((one) => one.sessionId === sessionId)).toEqual([]);
    }, 60_000);

    it('tells a crash with the last lines of the log', async () => {
      const spec = await podSpec('crash');
      const error = await failureOf(cluster.createAgentPod(spec, () => undefined, never()));
      expect(error).toMatchObject({ code: 'AGENT_CRASHED' });
      expect(error.message).toContain('no such module');
    }, 60_000);

    it('names an image that is not to be had', async () => {
      const spec = await podSpec('echo', harness.missingImage);
      const error = await failureOf(cluster.createAgentPod(spec, () => undefined, never()));
      expect(error).toMatchObject({ code: 'IMAGE_UNAVAILABLE' });
      expect(error.message).toContain(harness.missingImage);
      expect(error.hint).toContain('agent.image');
    }, 60_000);

    it('says that nobody listens, and that a pod is gone', async () => {
      const spec = await podSpec('silent');
      const started = deferred<void>();
      const outcome = codeOf(cluster.createAgentPod(spec, ({ step }) => (step === 'started' ? started.resolve() : undefined), never()));
      await started.promise;
      await expect(codeOf(cluster.carrierTo(spec.podName).dial(never()))).resolves.toBe('LINK_FAILED');
      await harness.deletePod(spec.podName);
      await expect(outcome).resolves.toBe('POD_GONE');
      await expect(codeOf(cluster.carrierTo('inpod-never').dial(never()))).resolves.toBe('POD_GONE');
    }, 60_000);

    it('stops waiting as soon as it is cancelled', async () => {
      const spec = await podSpec('silent');
      const cancel = new AbortController();
      const outcome = codeOf(cluster.createAgentPod(spec, () => undefined, cancel.signal));
      setTimeout(() => cancel.abort(), 300);
      await expect(outcome).resolves.toBe('CANCELLED');
      await expect(codeOf(cluster.renewLease(spec.owner.name, AbortSignal.abort()))).resolves.toBe('CANCELLED');
    }, 10_000);
  });
}

function freshSessionId(): string {
  return `t${process.pid.toString(36).slice(-2).padStart(2, '0')}${(count++).toString(36).padStart(2, '0')}`;
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function failureOf(work: Promise<unknown>): Promise<ClusterError> {
  return work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ClusterError,
  );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await failureOf(work)).code;
}

async function vanished(harness: ClusterHarness, sessionId: string): Promise<void> {
  await expect.poll(() => harness.objectsOf(sessionId), { timeout: 60_000, interval: 100 }).toEqual([]);
}

function pauseAWhile(channel: ByteChannel): void {
  channel.pause();
  setTimeout(() => channel.resume(), 50);
}

interface Listener {
  readonly channel: ByteChannel;
  readonly closed: Promise<ChannelFailure | undefined>;
  readonly ended: boolean;
  /** Until just this text has come. */
  received(text: string): Promise<void>;
  /** Until so many bytes have come. */
  counted(bytes: number): Promise<void>;
  drained(): Promise<void>;
}

function listen(channel: ByteChannel): Listener {
  let [text, bytes, ended] = ['', 0, false];
  let onDrained: (() => void) | undefined;
  let onChange: () => void = () => undefined;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (onChange = resolve));
  };
  const closed = new Promise<ChannelFailure | undefined>((resolve) => {
    channel.attach({
      data(chunk) {
        bytes += chunk.length;
        if (text.length < 1000) text += Buffer.from(chunk).toString('latin1', 0, 1000);
        onChange();
      },
      ended() {
        ended = true;
        channel.end();
      },
      drained: () => onDrained?.(),
      closed: resolve,
    });
  });
  return {
    channel,
    closed,
    get ended() {
      return ended;
    },
    received: (wanted) => until(() => text === wanted),
    counted: (wanted) => until(() => bytes === wanted),
    drained: () => new Promise((resolve) => (onDrained = resolve)),
  };
}
