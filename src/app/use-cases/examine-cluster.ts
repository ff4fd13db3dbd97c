import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { describeMissingRights, rightsFor, whoGivesRights } from '../../domain/session/required-rights.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import { findingOf, type Finding } from './finding.ts';

/** What is looked at of the cluster. */
export interface ClusterQuestions {
  /** @throws ClusterError */
  readonly locate: () => Promise<ClusterPort>;
  readonly image: string;
  readonly serviceAccount: string | undefined;
  readonly inbound: InboundPlan;
  /** @throws HostError `BINARY_MISSING` */
  readonly loadAgentProgram: () => Promise<string>;
}

const cluster = 'cluster' as const;

/** From the kubeconfig to the dry run of the pod, as far as it goes. Makes nothing. */
export async function examineCluster(questions: ClusterQuestions, signal: AbortSignal): Promise<readonly Finding[]> {
  const about = { area: cluster, check: 'kubeconfig' };
  try {
    const located = await questions.locate();
    try {
      const { context, cluster: name, server, kubeNamespace, user } = located.identity;
      const summary = `context ${context}: cluster ${name} (${server}), namespace ${kubeNamespace}, user ${user}`;
      return [{ ...about, verdict: 'fine', summary }, ...(await askCluster(located, questions, signal))];
    } finally {
      await located.close();
    }
  } catch (error) {
    return [findingOf(error, { ...about, verdict: 'problem' })];
  }
}

/** In the order of blame: what fails first makes the rest fail too. */
async function askCluster(port: ClusterPort, questions: ClusterQuestions, signal: AbortSignal): Promise<readonly Finding[]> {
  const needed = rightsFor(questions.inbound);
  const ifExposed = rightsFor({ ...questions.inbound, expose: [{ localPort: 1, podPort: 1 }] });
  const [existing, missing, admitted] = await Promise.allSettled([
    port.requireNamespace(signal),
    port.missingRights(ifExposed, signal),
    dryRun(port, questions, signal),
  ]);
  if (missing.status === 'rejected') return [findingOf(missing.reason, { area: cluster, check: 'api', verdict: 'problem' })];
  const answers: Finding = { area: cluster, check: 'api', verdict: 'fine', summary: 'the API server answers, and accepts the credentials' };
  if (existing.status === 'rejected')
    return [answers, findingOf(existing.reason, { area: cluster, check: 'namespace', verdict: 'problem' })];
  const lacking = missing.value.filter((right) => needed.some(({ verb, resource }) => verb === right.verb && resource === right.resource));
  const { user, kubeNamespace } = port.identity;
  const rights = { area: cluster, check: 'rights', fix: whoGivesRights(kubeNamespace) };
  if (lacking.length > 0) {
    return [answers, { ...rights, verdict: 'problem', summary: `user ${user} is ${describeMissingRights(lacking, kubeNamespace)}` }];
  }
  const enough: Finding =
    missing.value.length === 0
      ? { area: cluster, check: 'rights', verdict: 'fine', summary: `all ${ifExposed.length} rights are there` }
      : {
          ...rights,
          verdict: 'notice',
          summary: `enough to run, but for --expose user ${user} is ${describeMissingRights(missing.value, kubeNamespace)}`,
        };
  return [answers, enough, podFinding(admitted)];
}

/** The API judges it, and keeps nothing. */
async function dryRun(port: ClusterPort, questions: ClusterQuestions, signal: AbortSignal): Promise<void> {
  const { image, serviceAccount, inbound, loadAgentProgram } = questions;
  const payload = { agentProgram: await loadAgentProgram(), agentPrivateKey: 'none', clientPublicKey: 'none' };
  const ports = inbound.expose.map(({ podPort }) => podPort);
  await port.dryRunAgentPod({ podName: 'inpod-doctor', sessionId: 'doctor', image, serviceAccount, ports, payload }, signal);
}

function podFinding(admitted: PromiseSettledResult<void>): Finding {
  const about = { area: cluster, check: 'pod' };
  if (admitted.status === 'rejected') return findingOf(admitted.reason, { ...about, verdict: 'problem' });
  return { ...about, verdict: 'fine', summary: 'the API would accept the pod (a dry run)' };
}
