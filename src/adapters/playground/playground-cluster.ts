import { ClusterError } from '../../domain/errors.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { AgentPodSpec, LeaseReference, PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type { SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import type { SessionObjects } from '../../domain/ports/cluster/session-survey.ts';
import type { LeaseFacts, RepairNotice } from '../../domain/session/lease-machine.ts';
import type { SocketToChannel } from './line-socket.ts';
import { PlaygroundClient } from './playground-client.ts';
import type { RequestOf } from './playground-protocol.ts';
import { PlaygroundWorkloads } from './playground-workloads.ts';

/** What a playground is reached and called by. */
export interface PlaygroundClusterParts {
  readonly identity: ClusterIdentity;
  readonly socketPath: string;
  /** From an agent pod's creation until the agent listens, at most. */
  readonly podReadyMs: number;
  readonly asChannel: SocketToChannel;
}

/** The playground of this user, whose pods are processes of this machine. */
export class PlaygroundCluster implements ClusterPort {
  readonly identity: ClusterIdentity;
  readonly workloads: PlaygroundWorkloads;
  readonly containers = undefined;
  readonly guardians = undefined;
  readonly agents = undefined;
  readonly #client: PlaygroundClient;
  readonly #readyLimitMs: number;
  readonly #asChannel: SocketToChannel;

  constructor({ identity, socketPath, podReadyMs, asChannel }: PlaygroundClusterParts) {
    this.identity = identity;
    this.#client = new PlaygroundClient(socketPath);
    this.workloads = new PlaygroundWorkloads(this.#client, identity.kubeNamespace);
    this.#readyLimitMs = podReadyMs;
    this.#asChannel = asChannel;
  }

  missingRights(required: readonly RequiredRight[], signal: AbortSignal): Promise<readonly RequiredRight[]> {
    return this.#client.call<'missing-rights'>({ op: 'missing-rights', ...this.#here(), required }, signal);
  }

  async requireNamespace(signal: AbortSignal): Promise<void> {
    await this.#client.call<'require-namespace'>({ op: 'require-namespace', ...this.#here() }, signal);
  }

  async dryRunAgentPod(spec: Omit<AgentPodSpec, 'owner'>, signal: AbortSignal): Promise<void> {
    await this.#client.call<'dry-run-agent-pod'>({ op: 'dry-run-agent-pod', ...this.#here(), spec }, signal);
  }

  async createAgentPod(spec: AgentPodSpec, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<void> {
    const request: RequestOf<'create-agent-pod'> = {
      op: 'create-agent-pod',
      ...this.#here(),
      spec,
      readyLimitMs: this.#readyLimitMs,
    };
    await this.#client.call<'create-agent-pod'>(request, signal, progress);
  }

  createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference> {
    return this.#client.call<'create-lease'>({ op: 'create-lease', ...this.#here(), spec }, signal);
  }

  async renewLease(name: string, signal: AbortSignal): Promise<void> {
    await this.#client.call<'renew-lease'>({ op: 'renew-lease', ...this.#here(), name }, signal);
  }

  async readLease(name: string, signal: AbortSignal): Promise<LeaseFacts | undefined> {
    try {
      return (await this.#client.call<'read-lease'>({ op: 'read-lease', ...this.#here(), name }, signal)) ?? undefined;
    } catch (error) {
      if (isAway(error)) return undefined;
      throw error;
    }
  }

  claimLease(name: string, facts: LeaseFacts, by: string, signal: AbortSignal): Promise<boolean> {
    return this.#client.call<'claim-lease'>({ op: 'claim-lease', ...this.#here(), claim: { name, facts, by } }, signal);
  }

  async leaveNotice(notice: RepairNotice, signal: AbortSignal): Promise<void> {
    await this.#client.call<'leave-notice'>({ op: 'leave-notice', ...this.#here(), notice }, signal);
  }

  async takeNotice(leaseName: string, signal: AbortSignal): Promise<RepairNotice | undefined> {
    return (await this.#client.call<'take-notice'>({ op: 'take-notice', ...this.#here(), name: leaseName }, signal)) ?? undefined;
  }

  /** Of a playground that ended nothing is left. */
  async deleteLease(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.call<'delete-lease'>({ op: 'delete-lease', ...this.#here(), name }, signal);
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }

  listSessions(signal: AbortSignal): Promise<SessionObjects> {
    return this.#client.call<'list-sessions'>({ op: 'list-sessions', ...this.#here() }, signal);
  }

  discoverRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return this.#client.call<'ranges'>({ op: 'ranges', ...this.#here() }, signal);
  }

  /** Its networks never change. */
  watchRanges(): Promise<void> {
    return Promise.resolve();
  }

  carrierTo(podName: string): CarrierPort {
    return {
      dial: async (signal) => {
        try {
          return await this.#client.dial({ op: 'dial', ...this.#here(), podName }, this.#asChannel, signal);
        } catch (error) {
          throw isAway(error) ? goneWithIt(podName, error) : error;
        }
      },
    };
  }

  /** Every call has a connection of its own, which ends with it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #here(): { readonly kubeNamespace: string } {
    return { kubeNamespace: this.identity.kubeNamespace };
  }
}

function isAway(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.code === 'API_UNREACHABLE';
}

function goneWithIt(podName: string, cause: ClusterError): ClusterError {
  return new ClusterError({
    code: 'POD_GONE',
    message: `the pod ${podName} is gone, and the playground with it`,
    hint: cause.hint,
    cause,
  });
}
