import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import { describeMissingRights, rightsFor, whoGivesRights } from '../../domain/session/required-rights.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import { findingOf, type Finding } from './finding.ts';

/** What is looked at of the cluster. */
export interface ClusterQuestions {
  /** @throws ClusterError */
  readonly locate: () => Promise<ClusterPort>;
  /** Whether the user keeps runs away from this context. */
  readonly isProtected: (context: string) => boolean;
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
      const guarded = questions.isProtected(context) ? [protectedFinding(context)] : [];
      return [{ ...about, verdict: 'fine', summary }, ...guarded, ...(await askCluster(located, questions, signal))];
    } finally {
      await located.close();
    }
  } catch (error) {
    return [findingOf(error, { ...about, verdict: 'problem' })];
  }
}

function protectedFinding(context: string): Finding {
  const summary = `the context ${context} is among the protectedContexts of your configuration`;
  return { area: cluster, check: 'protected', verdict: 'notice', summary, fix: 'inpod run there needs --yes' };
}

/** In the order of blame: what fails first makes the rest fail too. */
async function askCluster(port: ClusterPort, questions: ClusterQuestions, signal: AbortSignal): Promise<readonly Finding[]> {
  const [existing, missing, admitted] = await Promise.allSettled([
    port.requireNamespace(signal),
    port.missingRights(rightsForAll(questions.inbound), signal),
    dryRun(port, questions, signal),
  ]);
  if (missing.status === 'rejected') return [findingOf(missing.reason, { area: cluster, check: 'api', verdict: 'problem' })];
  const api: Finding = { area: cluster, check: 'api', verdict: 'fine', summary: 'the API server answers, and accepts the credentials' };
  if (existing.status === 'rejected') return [api, findingOf(existing.reason, { area: cluster, check: 'namespace', verdict: 'problem' })];
  const rights = rightsFinding(missing.value, questions.inbound, port.identity);
  return rights.verdict === 'problem' ? [api, rights] : [api, rights, podFinding(admitted)];
}

/** Those of runs that expose something or swap too, so that who doesn't yet is told what it would take. */
function rightsForAll(inbound: InboundPlan): readonly RequiredRight[] {
  const exposing = rightsFor({ inbound: { ...inbound, expose: [{ localPort: 1, podPort: 1 }] } });
  const swapping = rightsFor({ inbound, swap: { kind: 'Deployment', name: 'any' } });
  return [...exposing, ...swapping.filter((right) => !exposing.some((one) => isSameRight(one, right)))];
}

function isSameRight(one: RequiredRight, other: RequiredRight): boolean {
  return one.verb === other.verb && one.group === other.group && one.resource === other.resource;
}

function rightsFinding(missing: readonly RequiredRight[], inbound: InboundPlan, { user, kubeNamespace }: ClusterIdentity): Finding {
  const about = { area: cluster, check: 'rights' };
  if (missing.length === 0) return { ...about, verdict: 'fine', summary: `all ${rightsForAll(inbound).length} rights are there` };
  const needed = rightsFor({ inbound });
  const lacking = missing.filter((right) => needed.some((one) => isSameRight(one, right)));
  const fix = whoGivesRights(missing, kubeNamespace);
  if (lacking.length > 0)
    return { ...about, verdict: 'problem', summary: `user ${user} is ${describeMissingRights(lacking, kubeNamespace)}`, fix };
  const summary = `enough to run, but for --expose or --swap user ${user} is ${describeMissingRights(missing, kubeNamespace)}`;
  return { ...about, verdict: 'notice', summary, fix };
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
