import { ClusterError, HostError } from '../../domain/errors.ts';
import type { AgentPayload, AgentPodSpec } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { TunnelPort, TunnelProbe } from '../../domain/ports/tunnel-port.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import { describeMissingRights, rightsFor, whoGivesRights } from '../../domain/session/required-rights.ts';
import { runStep, type Opening } from './session-parts.ts';

/** A pod that is about to be made, but for the Lease that will own it. */
export type PlannedPod = Omit<AgentPodSpec, 'owner'>;

/**
 * Reads only, side by side: what would fail later fails here, before anything is changed.
 * @throws ClusterError (missing rights before the dry run's refusal, which they cause); HostError `TUN_UNAVAILABLE`
 */
export async function checkPlan(opening: Opening, keys: Omit<AgentPayload, 'agentProgram'>): Promise<PlannedPod> {
  return runStep(opening, 'plan', async () => {
    const { parts, plan, signal } = opening;
    const { cluster, tunnel } = parts;
    const payload = { ...keys, agentProgram: await parts.loadAgentProgram() };
    const { podName, sessionId, image, serviceAccount } = plan;
    const pod = { podName, sessionId, image, serviceAccount, ports: plan.inbound.expose.map(({ podPort }) => podPort), payload };
    const rights = rightsFor(plan.inbound);
    const [existing, missing, admitted, probe] = await Promise.allSettled([
      cluster.requireNamespace(signal),
      cluster.missingRights(rights, signal),
      cluster.dryRunAgentPod(pod, signal),
      tunnel.probe(signal),
    ]);
    // The order of blame: a namespace that doesn't exist takes all rights, and missing rights the dry run.
    valueOf(existing);
    requireRights(valueOf(missing), cluster.identity);
    valueOf(admitted);
    requireTunnel(tunnel, valueOf(probe));
    return [pod, `${rights.length} rights, dry run of the pod, ${tunnel.name} probed`] as const;
  });
}

function requireRights(missing: readonly RequiredRight[], { user, kubeNamespace }: ClusterIdentity): void {
  if (missing.length === 0) return;
  throw new ClusterError({
    code: 'FORBIDDEN',
    message: `user ${user} is ${describeMissingRights(missing, kubeNamespace)}`,
    hint: whoGivesRights(kubeNamespace),
  });
}

/** @throws HostError `TUN_UNAVAILABLE` with the step that is forbidden, and what to do */
export function requireTunnel(tunnel: TunnelPort, probe: TunnelProbe): void {
  if (probe.usable) return;
  throw new HostError({
    code: 'TUN_UNAVAILABLE',
    message: `the backend ${tunnel.name} can't work here: ${probe.reason} (${probe.step}: ${probe.errno})`,
    hint: probe.hint,
    details: { step: probe.step, errno: probe.errno },
  });
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
