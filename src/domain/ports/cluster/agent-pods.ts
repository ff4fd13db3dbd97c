import type { WorkloadReference } from '../../workload/workload-reference.ts';

/** What the agent pod must be; how a cluster makes it so is the adapter's. */
export interface AgentPodSpec {
  /** `inpod-ID`, or for a pod with a name of its own that name; a DNS label. */
  readonly podName: string;
  readonly sessionId: string;
  /** Value of the labels that people search by: `inpod.dev/session`. */
  readonly image: string;
  readonly serviceAccount?: string | undefined;
  /** Ports on which the cluster reaches the pod, below 1024 too. Where there are any, a Service of the pod's name leads to them, unless it takes a workload's place. */
  readonly ports: readonly number[];
  /** The pod is made from this workload's template, and the agent becomes that container. */
  readonly template?: TemplateUse | undefined;
  /** The Lease that owns pod, Secret and Service, so that deleting it ends both. */
  readonly owner: LeaseReference;
  /** What the Secret holds. */
  readonly payload: AgentPayload;
}

/** How a workload's template is used. */
export interface TemplateUse extends WorkloadReference {
  readonly container: string;
  /** A `successor` has the workload's labels, hence its Services' traffic once it says that it serves; a `copy` has none of them, and a Service of its own. */
  readonly as: 'successor' | 'copy';
  /** Its init containers that don't run again. */
  readonly skipInit: readonly string[];
}

/** The agent's files, posted as an immutable Secret beside the pod. */
export interface AgentPayload {
  /** The agent program: one JavaScript file. */
  readonly agentProgram: string;
  /** Private host key. A secret. */
  readonly agentPrivateKey: string;
  readonly clientPublicKey: string;
}

/** Identifies a Lease that was made. */
export interface LeaseReference {
  readonly name: string;
  readonly uid: string;
}

/** A step in the pod's life, told as it happens; `waiting` says what holds it up: no node that fits yet, a volume, a sandbox. */
export type PodProgress = { readonly step: 'waiting' | 'scheduled' | 'pulling' | 'started' | 'ready'; readonly detail: string };

/** The session's pod. */
export interface AgentPods {
  /** Server-side dry run of pod, Secret and Service. @throws ClusterError `ADMISSION_REJECTED`, `QUOTA_EXCEEDED`, `FORBIDDEN` */
  dryRunAgentPod(spec: Omit<AgentPodSpec, 'owner'>, signal: AbortSignal): Promise<void>;
  /**
   * Posts Secret, Service and pod side by side and watches until the agent listens.
   * @param progress - called for each step, at most once per step
   * @throws ClusterError naming the trouble as soon as the API shows it: `IMAGE_UNAVAILABLE`, `POD_UNSCHEDULABLE`, `ADMISSION_REJECTED`, `QUOTA_EXCEEDED`,
   * `AGENT_CRASHED` (message has the last lines of its log), `POD_GONE`, `POD_TIMEOUT`
   */
  createAgentPod(spec: AgentPodSpec, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<void>;
}
