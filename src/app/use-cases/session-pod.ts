import { InvariantError } from '../../domain/errors.ts';
import type { ClientKeys } from '../../domain/ports/link-port.ts';
import { allDone } from '../../domain/promises.ts';
import type { AgentTarget } from '../../domain/session/agent-target.ts';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { checkPlan } from './check-plan.ts';
import { examineAgent } from './examine-agent.ts';
import type { HeldWorkload } from './held-workload.ts';
import { readImageEnvironment } from './image-environment.ts';
import { makePod } from './make-pod.ts';
import type { PlannedSwap } from './plan-pod.ts';
import { runStep, type Opening } from './session-parts.ts';

/** The pod that a session's process is to stand in: checked, and nothing changed yet. */
export interface SessionPod {
  /** With the plan as the cluster let it become. */
  readonly opening: Opening;
  readonly keys: ClientKeys;
  readonly swap: PlannedSwap | undefined;
  /** Makes what has to be made; the pod listens then. */
  readonly make: () => Promise<MadeSessionPod>;
}

export interface MadeSessionPod {
  readonly workload: HeldWorkload | undefined;
  /** Variables that only the original image sets. */
  readonly original: ByteEnvironment | undefined;
  /** Each settles with what takes the pod from the session. They never reject. */
  readonly losses: readonly Promise<Error | undefined>[];
  /** What is behind the loss of the pod. */
  readonly explain: (loss: Error) => Promise<Error>;
}

/** @throws AppError of what stands in the way, before anything is changed */
export function prepareSessionPod(unchecked: Opening): Promise<SessionPod> {
  const { agent } = unchecked.plan;
  return agent ? standingPod(unchecked, agent) : ownPod(unchecked);
}

/** One that is made for the session, and goes with it. */
async function ownPod(unchecked: Opening): Promise<SessionPod> {
  const keys = unchecked.parts.links.generateKeys();
  const { agentPrivateKey, clientPublicKey } = keys;
  const { pod, swap, plan } = await checkPlan(unchecked, { agentPrivateKey, clientPublicKey });
  const opening = { ...unchecked, plan };
  const make = async (): Promise<MadeSessionPod> => {
    const reading = readImageEnvironment(opening, pod.template);
    if (swap?.order.order === 'scaled-first') await reading;
    const [{ workload, lease }, original] = await allDone([makePod(opening, pod, swap), reading]);
    return { workload, original, losses: [lease.lost], explain: (loss) => lease.explain(loss) };
  };
  return { opening, keys, swap, make };
}

/** One that stands already, and stays: there is nothing to make, hence nothing to give back. */
async function standingPod(unchecked: Opening, target: AgentTarget): Promise<SessionPod> {
  const { parts, plan, signal } = unchecked;
  return runStep(unchecked, 'plan', async () => {
    const progress = (step: { readonly step: string; readonly detail: string }): void => parts.events({ kind: 'pod-progress', ...step });
    const { usable, problems, rights } = await examineAgent({ parts, progress, signal }, target);
    const [gravest] = problems;
    if (gravest) throw gravest;
    if (!usable) throw new InvariantError('an agent without problems was not found');
    const { agent, keys } = usable;
    const opening = { ...unchecked, plan: { ...plan, podName: agent.podName } };
    const make = async (): Promise<MadeSessionPod> => ({
      workload: undefined,
      original: undefined,
      losses: [],
      explain: async (loss) => loss,
    });
    return [
      { opening, keys, swap: undefined, make },
      `${rights.length} rights, pod ${agent.podName}, ${parts.tunnel.name} probed`,
    ] as const;
  });
}
