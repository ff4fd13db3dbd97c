import type { PodFacts } from '../../src/domain/protocol/pod-facts.ts';
import type { SessionPlan } from '../../src/domain/session/session-plan.ts';
import type { JournalCluster } from '../../src/domain/session/undo-journal.ts';

/** A pod of a usual cluster. */
export function podFacts(changes: Partial<PodFacts> = {}): PodFacts {
  return {
    protocolVersion: 1,
    environment: [{ name: Buffer.from('KUBERNETES_SERVICE_HOST'), value: Buffer.from('10.96.0.1') }],
    hostname: 'inpod-abcde',
    hosts: '127.0.0.1\tlocalhost\n10.244.3.17\tinpod-abcde\n',
    resolvConf: 'nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n',
    addresses: ['10.244.3.17'],
    mounts: [],
    routes: ['10.244.0.0/16'],
    ...changes,
  };
}

/** How the journal of a usual session names its cluster. */
export function journalCluster(changes: Partial<JournalCluster> = {}): JournalCluster {
  return {
    kubeconfigList: '/home/ann/.kube/config',
    context: 'test',
    kubeNamespace: 'default',
    impersonate: '',
    server: 'https://cluster.example:6443',
    ...changes,
  };
}

/** The plan of a usual run. */
export function sessionPlan(changes: Partial<SessionPlan> = {}): SessionPlan {
  return {
    sessionId: 'abcde',
    podName: 'inpod-ann-shop-abcde',
    leaseName: 'inpod-abcde',
    holder: 'ann@laptop',
    image: 'node:24-slim',
    serviceAccount: undefined,
    alsoProxy: [],
    neverProxy: [],
    dns: { external: undefined, isLocalCluster: false },
    swap: undefined,
    copy: undefined,
    agent: undefined,
    skipInit: [],
    timings: {
      podReadyMs: 60_000,
      linkLimitMs: 300_000,
      leaseRenewMs: 10_000,
      acceptLimitMs: 30_000,
      releaseLimitMs: 60_000,
      routeSettleMs: 2000,
      drainMs: 3000,
      workloadReadyMs: 120_000,
      endGraceMs: 10_000,
      takeoverMs: 300_000,
      guardMs: 120_000,
    },
    inbound: { expose: [], toPod: [], fromPod: [], fromHost: [], publish: false },
    cluster: journalCluster(),
    backendReason: 'the default on Linux',
    ...changes,
  };
}
