import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KubernetesLocator } from '../../src/adapters/kubernetes/kubernetes-locator.ts';
import type { KubernetesTimings } from '../../src/adapters/kubernetes/kubernetes-timings.ts';
import type { AgentPayload, AgentPodSpec } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import { rightsToRun } from '../../src/domain/session/required-rights.ts';
import type { Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import { describeClusterPort, type AgentKind, type ClusterHarness } from '../conformance/cluster-port.suite.ts';
import { describeWorkloadHolds, type WorkloadHarness } from '../conformance/workload-holds.suite.ts';
import { describeWorkloadPlaces, type PlaceHarness } from '../conformance/workload-places.suite.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { adminKubeconfig, describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { swapObjects } from './support/swap-objects.ts';

const listen = `require('fs').writeFileSync('/inpod/run/listening', '')`;
const echo = `require('net').createServer((socket) => {
  socket.write('hello');
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => (String(chunk) === 'bye' ? socket.end() : socket.write(chunk) || socket.pause()));
  socket.on('drain', () => socket.resume());
}).listen(61022, '127.0.0.1', () => ${listen})`;

const agents: Record<AgentKind, string> = {
  echo,
  crash: `console.error('no such module'); process.exit(3)`,
  silent: 'setInterval(() => undefined, 1000)',
};

/** As large as the real agent, so that the Secret takes its time. */
function payload(kind: AgentKind): AgentPayload {
  return { agentProgram: `${agents[kind]}\n//${'x'.repeat(330_000)}`, agentPrivateKey: 'private key', clientPublicKey: 'public key' };
}

const image = 'node:24-slim';

async function locate(user: string, kubeNamespace = 'default', timings: Partial<KubernetesTimings> = {}): Promise<ClusterPort> {
  const kubeconfig = join(dirname(adminKubeconfig ?? ''), `${user}.kubeconfig`);
  return new KubernetesLocator({ environment: {}, timings }).locate({ kubeconfig, kubeNamespace });
}

function never(): AbortSignal {
  return new AbortController().signal;
}

class KubernetesHarness implements ClusterHarness {
  readonly image = image;
  readonly missingImage = 'nowhere.example/none:1';
  readonly grantedRight = { verb: 'patch', group: '', resource: 'pods', purpose: 'test' };
  readonly lackedRight = { verb: 'patch', group: '', resource: 'pods/status', purpose: 'test' };
  readonly payload = payload;
  readonly #user: string;
  readonly #namespace: string;
  #admin: ClusterAdmin | undefined;

  constructor(user: string, namespace: string) {
    this.#user = user;
    this.#namespace = namespace;
  }

  async setUp(): Promise<ClusterPort> {
    this.#admin = new ClusterAdmin(adminKubeconfig ?? '');
    return locate(this.#user, this.#namespace);
  }

  async tearDown(): Promise<void> {
    // The suite deletes its Leases, and with them all else.
  }

  async deletePod(name: string): Promise<void> {
    await this.#admin?.core.deleteNamespacedPod({ name, namespace: this.#namespace });
  }

  async objectsOf(sessionId: string): Promise<readonly string[]> {
    const objects = (await this.#admin?.sessionObjects([sessionId])) ?? [];
    return objects.map(({ kind }) => kind);
  }
}

class KubernetesWorkloadHarness {
  readonly image = image;
  readonly #admin = new ClusterAdmin(adminKubeconfig ?? '');

  tearDown(): Promise<void> {
    return Promise.resolve();
  }

  async makeDeployment(name: string): Promise<void> {
    await this.#admin.applyAll(swapObjects({ name }));
    await eventually(name, async () => {
      const { status } = await this.#admin.readWorkload('Deployment', name);
      expect([status?.readyReplicas, status?.observedGeneration]).toEqual([2, 1]);
    });
  }

  removeDeployment(name: string): Promise<void> {
    return this.#admin.removeAll(swapObjects({ name }));
  }

  scale(name: string, replicas: number): Promise<void> {
    return this.#admin.scale(name, replicas);
  }

  podNames(workload: string): Promise<readonly string[]> {
    return this.#admin.podNames('default', `app=${workload}`);
  }

  orphanNames(sessionId: string): Promise<readonly string[]> {
    return this.#admin.podNames('default', `inpod.dev/session=${sessionId},inpod.dev/role=orphan`);
  }
}

class KubernetesHoldHarness extends KubernetesWorkloadHarness implements WorkloadHarness {
  async setUp(): Promise<Workloads> {
    const { workloads } = await locate('developer');
    if (!workloads) throw new Error('a cluster has workloads');
    return workloads;
  }
}

class KubernetesPlaceHarness extends KubernetesWorkloadHarness implements PlaceHarness {
  setUp(): Promise<ClusterPort> {
    return locate('developer');
  }
}

describeE2e('with the role edit', () => {
  describeWorkloadHolds('KubernetesWorkloads', new KubernetesHoldHarness());
  describeWorkloadPlaces('KubernetesCluster', new KubernetesPlaceHarness());
});

describeE2e('with the role edit in one namespace', () => {
  describeClusterPort('KubernetesCluster', new KubernetesHarness('teammate', 'shop'));
});

describeE2e('namespaces, rights and limits of a real cluster', () => {
  let admin: ClusterAdmin;
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(() => {
    admin = new ClusterAdmin(adminKubeconfig ?? '');
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const makeNamespace = async (labels: Record<string, string> = {}): Promise<string> => {
    const name = `inpod-test-${process.pid}-${cleanUps.length}`;
    cleanUps.push(await admin.makeNamespace(name, labels));
    return name;
  };
  const specIn = async (cluster: ClusterPort, sessionId: string, kind: AgentKind): Promise<AgentPodSpec> => {
    const owner = await cluster.createLease({ name: `inpod-${sessionId}`, sessionId, holder: 'ann@laptop', durationSeconds: 30 }, never());
    return { podName: `inpod-${sessionId}`, sessionId, image, owner, ports: [], payload: payload(kind) };
  };

  it('tells a namespace that is not there', async () => {
    const cluster = await locate('developer', 'nowhere');
    await expect(cluster.requireNamespace(never())).rejects.toMatchObject({
      code: 'NAMESPACE_NOT_FOUND',
      hint: expect.stringContaining('kubectl get namespaces'),
    });
    await cluster.close();
  });

  it('finds all rights of `edit`, and none to write of `view`', async () => {
    const [developer, viewer] = await Promise.all([locate('developer'), locate('viewer')]);
    await expect(developer.missingRights(rightsToRun, never())).resolves.toEqual([]);
    const missing = await viewer.missingRights(rightsToRun, never());
    expect(missing.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(
      expect.arrayContaining(['create pods', 'create leases', 'create secrets']),
    );
    expect(missing.map(({ verb, resource }) => `${verb} ${resource}`)).not.toContain('watch pods');
    await Promise.all([developer.close(), viewer.close()]);
  });

  it('lists sessions as far as `view` goes: pods, but no Leases', async () => {
    const cluster = await locate('viewer', 'shop');
    await expect(cluster.listSessions(never())).resolves.toMatchObject({ leases: [], unreadable: ['leases'] });
    await cluster.close();
  });

  it.each([
    ['admin', ['ServiceCIDR kubernetes', 'Node node1']],
    ['developer', ["the API's own error message", 'Pods one may list']],
    ['viewer', ['Services one may list', 'Pods one may list']],
  ])('finds ranges with the rights of %s', async (user, sources) => {
    const cluster = await locate(user);
    const ranges = await cluster.discoverRanges(never());
    for (const source of sources) expect(ranges.map((range) => range.source)).toContain(source);
    await cluster.close();
  });

  it('says what view may not do, in the words of the API', async () => {
    const cluster = await locate('viewer');
    const lease = cluster.createLease({ name: 'inpod-never', sessionId: 'never', holder: 'ann@laptop', durationSeconds: 30 }, never());
    await expect(lease).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/"viewer" cannot create resource "leases"/),
    });
    await cluster.close();
  });

  it('runs the agent under Pod Security `restricted`', async () => {
    const namespace = await makeNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const cluster = await locate('admin', namespace);
    const spec = await specIn(cluster, 'restr', 'echo');
    await cluster.dryRunAgentPod(spec, never());
    await cluster.createAgentPod(spec, () => undefined, never());
    await cluster.deleteLease(spec.owner.name, never());
    await cluster.close();
  });

  it('tells a full quota before anything is made', async () => {
    const namespace = await makeNamespace();
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace }, spec: { hard: { pods: '0' } } };
    await admin.applyAll([quota]);
    const cluster = await locate('admin', namespace);
    const parts = { podName: 'inpod-quota', sessionId: 'quota', image, ports: [], payload: payload('echo') };
    // The quota counts once its controller has seen it.
    await expect
      .poll(
        () =>
          cluster.dryRunAgentPod(parts, never()).then(
            () => 'admitted',
            (error: { code: string }) => error.code,
          ),
        { timeout: 20_000 },
      )
      .toBe('QUOTA_EXCEEDED');
    await cluster.close();
  });

  it('tells a policy that refuses the pod', async () => {
    const namespace = await makeNamespace();
    const limits = { limits: [{ type: 'Container', max: { memory: '64Mi' } }] };
    const limitRange = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'tiny', namespace }, spec: limits };
    await admin.applyAll([limitRange]);
    const cluster = await locate('admin', namespace);
    const parts = { podName: 'inpod-limit', sessionId: 'limit', image, ports: [], payload: payload('echo') };
    const refused = expect.objectContaining({
      code: 'ADMISSION_REJECTED',
      message: expect.stringContaining('maximum memory usage per Container is 64Mi'),
    });
    await expect.poll(() => cluster.dryRunAgentPod(parts, never()).catch((error: unknown) => error), { timeout: 20_000 }).toEqual(refused);
    await cluster.close();
  });

  it('gives up on an agent that never listens, and says how far it came', async () => {
    const cluster = await locate('developer', 'default', { podTimeoutMs: 15_000 });
    const spec = await specIn(cluster, 'never', 'silent');
    try {
      const waiting = cluster.createAgentPod(spec, () => undefined, never());
      await expect(waiting).rejects.toMatchObject({ code: 'POD_TIMEOUT', message: expect.stringContaining('the agent does not listen') });
    } finally {
      await cluster.deleteLease(spec.owner.name, never());
      await cluster.close();
    }
  });
});
