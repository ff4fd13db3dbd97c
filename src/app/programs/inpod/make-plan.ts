import { randomBytes } from 'node:crypto';
import { basename, delimiter, resolve } from 'node:path';
import { imageFor } from '../../../domain/backend/backend-names.ts';
import type { ClusterChoice } from '../../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../../domain/ports/cluster/identity.ts';
import type { TunnelPort } from '../../../domain/ports/tunnel-port.ts';
import { defaultPodName, sessionIdFrom, type SessionPlan } from '../../../domain/session/session-plan.ts';
import { workloadPodName } from '../../../domain/workload/workload-reference.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { holderName, userName } from '../../wiring/host-services.ts';

/** How the settings choose a cluster. */
export function clusterChoice(settings: RunSettings): ClusterChoice {
  const { kubeconfig, context, kubeNamespace, impersonate } = settings;
  return { kubeconfig, context, kubeNamespace, impersonate };
}

/** What else than the settings decides. */
export interface PlanGround {
  readonly identity: ClusterIdentity;
  readonly tunnel: Pick<TunnelPort, 'name'>;
  readonly backendReason: string;
}

/** The plan of one run: settings, plus what only this machine and this moment know. */
export function makePlan(
  settings: RunSettings,
  { identity, tunnel, backendReason }: PlanGround,
  environment: Readonly<Record<string, string | undefined>>,
): SessionPlan {
  const workload = settings.swap ?? settings.copy;
  const sessionId = sessionIdFrom(randomBytes(5));
  return {
    sessionId,
    podName: workload
      ? workloadPodName(workload, sessionId)
      : (settings.standingAgent?.name ?? settings.name ?? defaultPodName(userName(), basename(process.cwd()), sessionId)),
    swap: settings.swap,
    copy: settings.copy,
    agent: settings.standingAgent,
    skipInit: settings.skipInit,
    leaseName: `inpod-${sessionId}`,
    holder: holderName(),
    image: imageFor(tunnel.name, settings.agent.image),
    serviceAccount: settings.serviceAccount,
    alsoProxy: settings.alsoProxy,
    neverProxy: settings.neverProxy,
    dns: settings.dns,
    inbound: settings.inbound,
    timings: settings.timings,
    cluster: {
      kubeconfigList: settings.kubeconfig ?? absoluteList(environment['KUBECONFIG'] ?? ''),
      context: identity.context,
      kubeNamespace: identity.kubeNamespace,
      impersonate: settings.impersonate ?? '',
      server: identity.server,
    },
    backendReason,
  };
}

/** The journal is read by a process with another working directory. */
function absoluteList(kubeconfig: string): string {
  return kubeconfig
    .split(delimiter)
    .filter((path) => path !== '')
    .map((path) => resolve(path))
    .join(delimiter);
}
