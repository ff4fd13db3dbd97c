import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { AgentPodSpec, LeaseReference, PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type { SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import type { SessionObjects } from '../../domain/ports/cluster/session-survey.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { LeaseFacts, RepairNotice } from '../../domain/session/lease-machine.ts';
import { KubernetesAccessReview } from './access-reviews.ts';
import { ApiClient } from './api-client.ts';
import type { ApiConnection } from './api-connection.ts';
import { ContainerExec } from './container-exec.ts';
import { KubernetesAgentPods } from './kubernetes-agent-pods.ts';
import { KubernetesContainerVariables } from './kubernetes-container-variables.ts';
import { KubernetesGuardians } from './kubernetes-guardians.ts';
import { KubernetesLeases } from './kubernetes-leases.ts';
import { KubernetesSessionSurvey } from './kubernetes-session-survey.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { KubernetesStandingAgents } from './kubernetes-standing-agents.ts';
import { KubernetesWorkloads } from './kubernetes-workloads.ts';
import { PortForwardCarrier } from './port-forward-carrier.ts';
import { RangeDiscovery } from './range-discovery.ts';
import { RangeWatch } from './range-watch.ts';

/** What a cluster is made of; the locator makes it. */
export interface KubernetesClusterParts {
  readonly identity: ClusterIdentity;
  readonly connection: ApiConnection;
  readonly timings: KubernetesTimings;
  /** Wall time, for Leases. */
  readonly nowMs: () => number;
}

/** A real cluster. Each part has a file of its own; all share one pool of connections. */
export class KubernetesCluster implements ClusterPort {
  readonly identity: ClusterIdentity;
  readonly #parts: KubernetesClusterParts;
  readonly #api: ApiClient;
  readonly #access: KubernetesAccessReview;
  readonly #pods: KubernetesAgentPods;
  readonly #leases: KubernetesLeases;
  readonly #survey: KubernetesSessionSurvey;
  readonly #ranges: RangeDiscovery;
  readonly #rangeWatch: RangeWatch;
  readonly workloads: KubernetesWorkloads;
  readonly guardians: KubernetesGuardians;
  readonly containers: KubernetesContainerVariables;
  readonly agents: KubernetesStandingAgents;

  constructor(parts: KubernetesClusterParts) {
    const { identity, connection, timings, nowMs } = parts;
    const api = new ApiClient(connection, timings);
    this.#api = api;
    this.identity = identity;
    this.#parts = parts;
    this.#access = new KubernetesAccessReview(api, identity.kubeNamespace);
    this.workloads = new KubernetesWorkloads(api, identity.kubeNamespace);
    this.guardians = new KubernetesGuardians(api, identity.kubeNamespace);
    const exec = new ContainerExec(connection, timings, identity.kubeNamespace);
    this.containers = new KubernetesContainerVariables(api, identity.kubeNamespace, { workloads: this.workloads, exec });
    const carrierTo = (podName: string): CarrierPort => this.carrierTo(podName);
    const { kubeNamespace } = identity;
    this.#pods = new KubernetesAgentPods({ api, kubeNamespace, timings, carrierTo, workloads: this.workloads });
    this.agents = new KubernetesStandingAgents({ api, kubeNamespace, timings, carrierTo });
    this.#leases = new KubernetesLeases(api, identity.kubeNamespace, nowMs);
    this.#survey = new KubernetesSessionSurvey(api, identity.kubeNamespace);
    this.#ranges = new RangeDiscovery(api, identity.kubeNamespace);
    this.#rangeWatch = new RangeWatch(api, identity.kubeNamespace);
  }

  missingRights(required: readonly RequiredRight[], signal: AbortSignal): Promise<readonly RequiredRight[]> {
    return this.#access.missingRights(required, signal);
  }

  requireNamespace(signal: AbortSignal): Promise<void> {
    return this.#access.requireNamespace(signal);
  }

  dryRunAgentPod(spec: Omit<AgentPodSpec, 'owner'>, signal: AbortSignal): Promise<void> {
    return this.#pods.dryRunAgentPod(spec, signal);
  }

  createAgentPod(spec: AgentPodSpec, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<void> {
    return this.#pods.createAgentPod(spec, progress, signal);
  }

  createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference> {
    return this.#leases.createLease(spec, signal);
  }

  renewLease(name: string, signal: AbortSignal): Promise<void> {
    return this.#leases.renewLease(name, signal);
  }

  readLease(name: string, signal: AbortSignal): Promise<LeaseFacts | undefined> {
    return this.#leases.readLease(name, signal);
  }

  claimLease(name: string, facts: LeaseFacts, by: string, signal: AbortSignal): Promise<boolean> {
    return this.#leases.claimLease(name, facts, by, signal);
  }

  deleteLease(name: string, signal: AbortSignal): Promise<void> {
    return this.#leases.deleteLease(name, signal);
  }

  leaveNotice(notice: RepairNotice, signal: AbortSignal): Promise<void> {
    return this.#leases.leaveNotice(notice, signal);
  }

  takeNotice(leaseName: string, signal: AbortSignal): Promise<RepairNotice | undefined> {
    return this.#leases.takeNotice(leaseName, signal);
  }

  listSessions(signal: AbortSignal): Promise<SessionObjects> {
    return this.#survey.listSessions(signal);
  }

  discoverRanges(signal: AbortSignal): Promise<readonly ClusterRange[]> {
    return this.#ranges.discoverRanges(signal);
  }

  watchRanges(known: readonly ClusterRange[], found: (range: ClusterRange) => void, signal: AbortSignal): Promise<void> {
    return this.#rangeWatch.follow(known, found, signal);
  }

  carrierTo(podName: string): CarrierPort {
    const { connection, timings, identity } = this.#parts;
    return new PortForwardCarrier({ connection, api: this.#api, timings, kubeNamespace: identity.kubeNamespace, podName });
  }

  close(): Promise<void> {
    this.#parts.connection.close();
    return Promise.resolve();
  }
}
