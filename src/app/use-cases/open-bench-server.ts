import { benchPort } from '../../domain/benchmark/bench-protocol.ts';
import { InvariantError } from '../../domain/errors.ts';
import type { BenchTarget } from '../../domain/ports/measured-path-port.ts';
import { checkPlan } from './check-plan.ts';
import { makePod } from './make-pod.ts';
import { runStep, type Opening } from './session-parts.ts';

/**
 * The far end of a benchmark: a session's pod, by all the steps of one, whose agent's process serves at `benchPort` too. Watchdog and Lease end it,
 * whatever happens. What was acquired is on `opening.held`, also when this rejects.
 * @param opening - whose agent program has the far end behind it
 * @throws AppError of the step that failed
 */
export async function openBenchServer(opening: Opening): Promise<BenchTarget> {
  const { parts, signal } = opening;
  const keys = parts.links.generateKeys();
  const { agentPrivateKey, clientPublicKey, clientPrivateKey } = keys;
  const { pod, plan } = await checkPlan(opening, { agentPrivateKey, clientPublicKey });
  await makePod({ ...opening, plan }, pod, undefined);
  return runStep(opening, 'link', async () => {
    const link = await parts.links.open(parts.cluster.carrierTo(plan.podName), keys, signal);
    const { addresses } = link.podFacts;
    // The agent serves one client at a time.
    await link.close();
    const address = addresses.find((one) => !one.includes(':')) ?? addresses[0];
    if (address === undefined) throw new InvariantError(`pod ${plan.podName} has no address`);
    return [{ address, port: benchPort, podName: plan.podName, clientPrivateKey }, `pod ${address}`] as const;
  });
}
