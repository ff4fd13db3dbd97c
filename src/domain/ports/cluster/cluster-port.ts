import type { CarrierPort } from '../carrier-port.ts';
import type { AccessReview } from './access-review.ts';
import type { AgentPods } from './agent-pods.ts';
import type { ContainerVariables } from './container-variables.ts';
import type { Guardians } from './guardians.ts';
import type { ClusterIdentity } from './identity.ts';
import type { ClusterRanges } from './ranges.ts';
import type { SessionLeases } from './session-leases.ts';
import type { SessionSurvey } from './session-survey.ts';
import type { StandingAgents } from './standing-agents.ts';
import type { Workloads } from './workloads.ts';

/** A cluster, seen from one namespace by one user. A use case takes just the parts that it needs. */
export interface ClusterPort extends AccessReview, AgentPods, SessionLeases, SessionSurvey, ClusterRanges {
  readonly identity: ClusterIdentity;
  /** `undefined` where the cluster has none: the playground's pods are all there is. */
  readonly workloads: Workloads | undefined;
  /** `undefined` where containers have no images of their own: the playground. */
  readonly containers: ContainerVariables | undefined;
  /** `undefined` where nothing outlives this machine: the playground. */
  readonly guardians: Guardians | undefined;
  /** `undefined` where nobody applies manifests: the playground. */
  readonly agents: StandingAgents | undefined;
  /** Streams to the agent's port (`agentPort` of the protocol) of `podName`. Reads nothing before `dial`. */
  carrierTo(podName: string): CarrierPort;
  /** Closes idle connections. Idempotent. */
  close(): Promise<void>;
}

/** How kubectl would choose the cluster. */
export interface ClusterChoice {
  /** `--kubeconfig`; else KUBECONFIG (a list), else ~/.kube/config, else the pod's own. */
  readonly kubeconfig?: string | undefined;
  /** What stands in for the environment's KUBECONFIG; an empty one names ~/.kube/config. */
  readonly kubeconfigList?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeNamespace?: string | undefined;
  /** `--as`: the user to impersonate. */
  readonly impersonate?: string | undefined;
}

/** Finds the cluster that the user means. */
export interface ClusterLocator {
  /** Reads files only. @throws ClusterError `KUBECONFIG_INVALID`, `CONTEXT_NOT_FOUND` */
  locate(choice: ClusterChoice): Promise<ClusterPort>;
}
