import type { AgentTarget } from '../../session/agent-target.ts';
import type { AgentPayload, PodProgress } from './agent-pods.ts';

/** What a standing agent is made of. */
export interface StandingAgentSpec {
  /** Of its Deployment. */
  readonly name: string;
  readonly kubeNamespace: string;
  /** By which this machine finds its keys again. */
  readonly keyId: string;
  readonly image: string;
  readonly serviceAccount: string | undefined;
  /** Ports of the pod that a Service of the agent's name leads to; none without. */
  readonly ports: readonly number[];
  readonly payload: AgentPayload;
}

/** A standing agent that listens. */
export interface StandingAgent {
  readonly podName: string;
  /** As {@link StandingAgentSpec.keyId}. */
  readonly keyId: string;
  readonly image: string;
}

/** Agents that stand in the cluster whether or not somebody has a session; whoever applied them removes them. */
export interface StandingAgents {
  /**
   * Reads only; waits for a pod of it that is on its way up.
   * @param progress - called for each step of that, at most once per step
   * @throws ClusterError `NOT_FOUND`, `WORKLOAD_UNSUITABLE` where it is no agent, `POD_GONE` where it has no pod, and as `AgentPods.createAgentPod`
   */
  findAgent(target: AgentTarget, progress: (step: PodProgress) => void, signal: AbortSignal): Promise<StandingAgent>;
}
