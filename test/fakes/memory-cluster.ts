import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { CancelledError, ClusterError, TunnelError } from '../../src/domain/errors.ts';
import type { CarrierPort } from '../../src/domain/ports/carrier-port.ts';
import type { RequiredRight } from '../../src/domain/ports/cluster/access-review.ts';
import type { AgentPodSpec, LeaseReference, PodProgress } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterChoice, ClusterLocator, ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import type { ContainerVariables } from '../../src/domain/ports/cluster/container-variables.ts';
import type { Guardians } from '../../src/domain/ports/cluster/guardians.ts';
import type { ClusterIdentity } from '../../src/domain/ports/cluster/identity.ts';
import type { ClusterRange } from '../../src/domain/ports/cluster/ranges.ts';
import type { SessionLeaseSpec } from '../../src/domain/ports/cluster/session-leases.ts';
import type { LeaseFacts, RepairNotice } from '../../src/domain/session/lease-machine.ts';
import type { SessionObjects } from '../../src/domain/ports/cluster/session-survey.ts';
import type { StandingAgents } from '../../src/domain/ports/cluster/standing-agents.ts';
import type { Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import { abortable, deferred, type Deferred } from '../../src/domain/promises.ts';

/** Calls that a test may make fail, or last. */
export type MemoryCall =
  | 'missingRights'
  | 'requireNamespace'
  | 'dryRunAgentPod'
  | 'createAgentPod'
  | 'createLease'
  | 'renewLease'
  | 'readLease'
  | 'claimLease'
  | 'leaveNotice'
  | 'takeNotice'
  | 'deleteLease'
  | 'listSessions'
  | 'discoverRanges'
  | 'dial';

/** A Lease of the fake. */
export interface MemoryLease extends SessionLeaseSpec {
  readonly uid: string;
  renewals: number;
  readonly claims: number;
  version: number;
  renewedMs: number;
}

/** A pod of the fake. */
export interface MemoryPodRecord {
  readonly spec: AgentPodSpec;
  listening: boolean;
  readonly gone: Deferred<void>;
}

/** A cluster in memory. What a test scripts runs before each call: throw, or wait, there. */
export class MemoryCluster implements ClusterPort {
  workloads: Workloads | undefined;
  containers: ContainerVariables | undefined;
  guardians: Guardians | undefined;
  agents: StandingAgents | undefined;
  identity: ClusterIdentity = {
    context: 'test',
    cluster: 'memory',
    server: 'https://cluster.example:6443',
    kubeNamespace: 'default',
    user: 'ann',
  };
  ranges: readonly ClusterRange[] = [{ cidr: '10.96.0.0/16', kind: 'service', source: 'ServiceCIDR memory' }];
  lacks: (right: RequiredRight) => boolean = () => false;
  /** `subject` is the name of Lease or pod, else empty. Waiting here ends with the call's signal. */
  script: (call: MemoryCall, subject: string) => void | Promise<void> = () => undefined;
  /** What happens to a pod that was made: resolves when the agent listens. */
  startAgent: (pod: MemoryPodRecord, progress: (step: PodProgress) => void) => void | Promise<void> = () => undefined;
  /** A stream to a listening agent. */
  connect: (pod: MemoryPodRecord) => ByteChannel | Promise<ByteChannel> = () => {
    throw new TunnelError({ code: 'LINK_FAILED', message: 'the test gave no agent', transient: true });
  };

  /** What the user may not list. */
  unreadable: SessionObjects['unreadable'] = [];
  /** When everything was made, and last renewed. */
  wallMs = Date.now();

  /** Every call in order: `createLease inpod-abcde`. */
  readonly calls: string[] = [];
  readonly leases = new Map<string, MemoryLease>();
  readonly notices = new Map<string, RepairNotice>();
  /** Milliseconds since 1970 by the API's clock; Leases are judged by it. */
  nowMs: () => number = () => this.wallMs;
  readonly pods = new Map<string, MemoryPodRecord>();
  closeCount = 0;

  async missingRights(required: readonly RequiredRight[], signal: AbortSignal): Promise<readonly RequiredRight[]> {
    await this.#begin('missingRights', '', signal);
    return required.filter((right) => this.lacks(right));
  }

  async requireNamespace(signal: AbortSignal): Promise<void> {
    await this.#begin('requireNamespace', '', signal);
  }

  async dryRunAgentPod(spec: Omit<AgentPodSpec, 'owner'>, signal: AbortSignal): Promise<void> {
    await this.#begin('dryRunAgentPod', spec.podName, signal);
  }

  async createAgentPod(spec: AgentPodSpec, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<void> {
    await this.#begin('createAgentPod', spec.podName, signal);
    const pod: MemoryPodRecord = { spec, listening: false, gone: deferred() };
    this.pods.set(spec.podName, pod);
    progress({ step: 'scheduled', detail: 'on node memory' });
    const started = Promise.resolve(this.startAgent(pod, progress));
    await orCancelled(Promise.race([started, pod.gone.promise.then(() => Promise.reject(podGone(spec.podName)))]), signal);
    pod.listening = true;
    progress({ step: 'ready', detail: spec.podName });
  }

  async createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference> {
    await this.#begin('createLease', spec.name, signal);
    if (this.leases.has(spec.name)) throw new ClusterError({ code: 'CONFLICT', message: `leases ${spec.name} already exists` });
    const uid = `uid-${spec.name}`;
    this.leases.set(spec.name, { ...spec, uid, renewals: 0, claims: 0, version: 1, renewedMs: this.nowMs() });
    return { name: spec.name, uid };
  }

  async renewLease(name: string, signal: AbortSignal): Promise<void> {
    await this.#begin('renewLease', name, signal);
    const lease = this.leases.get(name);
    if (lease === undefined) throw new ClusterError({ code: 'NOT_FOUND', message: `leases ${name} not found` });
    if (lease.claims > 0) throw new ClusterError({ code: 'LEASE_CLAIMED', message: `${lease.holder} is giving back what it had` });
    lease.renewals++;
    lease.version++;
    lease.renewedMs = this.nowMs();
  }

  async readLease(name: string, signal: AbortSignal): Promise<LeaseFacts | undefined> {
    await this.#begin('readLease', name, signal);
    const lease = this.leases.get(name);
    if (!lease) return undefined;
    const { holder, claims, durationSeconds, version, renewedMs, hold } = lease;
    return { holder, claims, silentMs: this.nowMs() - renewedMs, durationMs: durationSeconds * 1000, version: String(version), hold };
  }

  async claimLease(name: string, facts: LeaseFacts, by: string, signal: AbortSignal): Promise<boolean> {
    await this.#begin('claimLease', name, signal);
    const lease = this.leases.get(name);
    if (!lease || String(lease.version) !== facts.version) return false;
    this.leases.set(name, { ...lease, holder: by, claims: lease.claims + 1, version: lease.version + 1, renewedMs: this.nowMs() });
    return true;
  }

  async leaveNotice(notice: RepairNotice, signal: AbortSignal): Promise<void> {
    await this.#begin('leaveNotice', notice.leaseName, signal);
    this.notices.set(notice.leaseName, notice);
  }

  async takeNotice(leaseName: string, signal: AbortSignal): Promise<RepairNotice | undefined> {
    await this.#begin('takeNotice', leaseName, signal);
    const notice = this.notices.get(leaseName);
    this.notices.delete(leaseName);
    return notice;
  }

  async deleteLease(name: string, signal: AbortSignal): Promise<void> {
    await this.#begin('deleteLease', name, signal);
    this.leases.delete(name);
    for (const [podName, { spec }] of this.pods) if (spec.owner.name === name) this.deletePod(podName);
  }

  /** Disruption budgets that keep a session's pod, by its id. */
  readonly budgets = new Map<string, readonly string[]>();

  async listSessions(signal: AbortSignal): Promise<SessionObjects> {
    await this.#begin('listSessions', '', signal);
    const { unreadable, wallMs: createdWallMs } = this;
    const leases = [...this.leases.values()].map((lease) => ({ ...lease, renewedWallMs: createdWallMs, createdWallMs }));
    const pods = [...this.pods.values()].map(({ spec, listening }) => {
      const phase = listening ? 'Running' : 'Pending';
      const budgets = this.budgets.get(spec.sessionId);
      return { sessionId: spec.sessionId, name: spec.podName, phase, createdWallMs, ...(budgets ? { budgets } : {}) };
    });
    return { leases: unreadable.includes('leases') ? [] : leases, pods: unreadable.includes('pods') ? [] : pods, unreadable };
  }

  async discoverRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    await this.#begin('discoverRanges', '', signal);
    return this.ranges;
  }

  /** Tells who watches of a range that is new. */
  addRange: (range: ClusterRange) => void = () => undefined;

  async watchRanges(_known: readonly ClusterRange[], found: (range: ClusterRange) => void, signal: AbortSignal): Promise<void> {
    this.addRange = found;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  carrierTo(podName: string): CarrierPort {
    return {
      dial: async (signal) => {
        await this.#begin('dial', podName, signal);
        const pod = this.pods.get(podName);
        if (pod === undefined) throw podGone(podName);
        if (!pod.listening)
          throw new TunnelError({ code: 'LINK_FAILED', message: `nobody listens in the pod ${podName}`, transient: true });
        return this.connect(pod);
      },
    };
  }

  /** As somebody else would. */
  deletePod(podName: string): void {
    this.pods.get(podName)?.gone.resolve();
    this.pods.delete(podName);
  }

  async close(): Promise<void> {
    this.closeCount++;
  }

  async #begin(call: MemoryCall, subject: string, signal: AbortSignal): Promise<void> {
    this.calls.push(subject === '' ? call : `${call} ${subject}`);
    await orCancelled(
      Promise.resolve().then(() => this.script(call, subject)),
      signal,
    );
  }
}

/** Always the same cluster; remembers what it was asked for. */
export class MemoryLocator implements ClusterLocator {
  readonly choices: ClusterChoice[] = [];
  readonly #cluster: MemoryCluster;

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  async locate(choice: ClusterChoice): Promise<ClusterPort> {
    this.choices.push(choice);
    return this.#cluster;
  }
}

function podGone(podName: string): ClusterError {
  return new ClusterError({ code: 'POD_GONE', message: `the pod ${podName} is gone` });
}

async function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await abortable(work, signal);
  } catch (error) {
    throw signal.aborted && !(error instanceof ClusterError) ? new CancelledError(undefined, signal.reason) : error;
  }
}
