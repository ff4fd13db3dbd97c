import { InvariantError } from '../../domain/errors.ts';
import type { AgentPayload } from '../../domain/ports/cluster/agent-pods.ts';
import { examinePlan } from './examine-plan.ts';
import type { CheckedPlan } from './plan-pod.ts';
import { runStep, type Opening } from './session-parts.ts';

/**
 * What would fail later fails here, before anything is changed.
 * @throws ClusterError (missing rights before the dry run's refusal, which they cause); HostError `TUN_UNAVAILABLE`
 */
export async function checkPlan(opening: Opening, keys: Omit<AgentPayload, 'agentProgram'>): Promise<CheckedPlan> {
  return runStep(opening, 'plan', async () => {
    const { checked, problems, rights } = await examinePlan(opening, keys);
    const [gravest] = problems;
    if (gravest) throw gravest;
    if (!checked) throw new InvariantError('a plan without problems was not made');
    return [checked, `${rights.length} rights, dry run of the pod, ${opening.parts.tunnel.name} probed`] as const;
  });
}
