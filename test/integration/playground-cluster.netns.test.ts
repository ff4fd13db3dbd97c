import type { AgentPayload } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import type { Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import { describeClusterPort, type AgentKind, type ClusterHarness } from '../conformance/cluster-port.suite.ts';
import { describeWorkloadHolds, type WorkloadHarness } from '../conformance/workload-holds.suite.ts';
import { describeWorkloadPlaces, type PlaceHarness } from '../conformance/workload-places.suite.ts';
import { startPlayground, type PlaygroundBed } from '../support/playground-bed.ts';

const kubeNamespace = 'shop';

const agents: Record<AgentKind, string> = {
  echo: `require('net').createServer((socket) => {
    socket.write('hello');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (String(chunk) === 'bye' ? socket.end() : socket.write(chunk) || socket.pause()));
    socket.on('drain', () => socket.resume());
  }).listen(61022, '127.0.0.1')`,
  crash: `console.error('no such module'); process.exit(3)`,
  silent: 'setInterval(() => undefined, 1000)',
};

class PlaygroundHarness implements ClusterHarness {
  readonly image = 'node:24-slim';
  readonly missingImage = 'nowhere.example/none:1';
  readonly grantedRight = { verb: 'patch', group: '', resource: 'pods', purpose: 'test' };
  readonly lackedRight = { verb: 'patch', group: '', resource: 'pods/status', purpose: 'test' };
  #bed: PlaygroundBed | undefined;

  async setUp(): Promise<ClusterPort> {
    this.#bed = await startPlayground();
    return this.#bed.locator.locate({ kubeNamespace });
  }

  async tearDown(): Promise<void> {
    await this.#bed?.close();
  }

  /** As large as the real agent. */
  payload(kind: AgentKind): AgentPayload {
    return { agentProgram: `${agents[kind]}\n//${'x'.repeat(330_000)}`, agentPrivateKey: 'private key', clientPublicKey: 'public key' };
  }

  async deletePod(name: string): Promise<void> {
    await this.#bed?.server.host.remove({ kind: 'Pod', kubeNamespace, name });
  }

  objectsOf(sessionId: string): Promise<readonly string[]> {
    return Promise.resolve((this.#bed?.server.objects.ofSession(sessionId) ?? []).map(({ kind }) => kind));
  }
}

describeClusterPort('PlaygroundCluster', new PlaygroundHarness());

const server = `require('net').createServer((socket) => socket.end('old')).listen(8080)`;
const applied = { manager: 'test', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' };

class PlaygroundWorkloadHarness {
  readonly image = 'node:24-slim';
  #bed: PlaygroundBed | undefined;

  protected async startCluster(): Promise<ClusterPort> {
    this.#bed = await startPlayground();
    return this.#bed.locator.locate({ kubeNamespace });
  }

  async tearDown(): Promise<void> {
    await this.#bed?.close();
  }

  async makeDeployment(name: string): Promise<void> {
    const labels = { app: name };
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    this.#running.host.addService({ kubeNamespace, name, labels, ports, selector: labels });
    const container = { name: 'main', tcpPorts: [8080], argv: [process.execPath, '-e', server] as const, variables: {} };
    await this.#running.deployments.start({
      kind: 'Deployment',
      kubeNamespace,
      name,
      labels,
      replicas: 2,
      replicasOwners: [applied],
      mark: undefined,
      template: { labels, container },
      podsMade: 0,
    });
  }

  async removeDeployment(name: string): Promise<void> {
    await this.scale(name, 0);
    const { host, objects, deployments } = this.#running;
    await deployments.untilNone(objects.get('Deployment', kubeNamespace, name), new AbortController().signal);
    for (const kind of ['Deployment', 'Service'] as const) await host.remove({ kind, kubeNamespace, name });
  }

  scale(name: string, replicas: number): Promise<void> {
    const { objects } = this.#running;
    objects.replace({ ...objects.get('Deployment', kubeNamespace, name), replicas });
    return Promise.resolve();
  }

  podNames(workload: string): Promise<readonly string[]> {
    return Promise.resolve(this.#podsWith('app', workload));
  }

  orphanNames(sessionId: string): Promise<readonly string[]> {
    const ours = this.#podsWith('inpod.dev/session', sessionId);
    return Promise.resolve(this.#podsWith('inpod.dev/role', 'orphan').filter((name) => ours.includes(name)));
  }

  get #running(): PlaygroundBed['server'] {
    if (!this.#bed) throw new Error('the playground is not started');
    return this.#bed.server;
  }

  #podsWith(label: string, value: string): readonly string[] {
    const pods = this.#running.objects.all('Pod').filter(({ labels }) => labels[label] === value);
    return pods.map(({ name }) => name);
  }
}

class HoldHarness extends PlaygroundWorkloadHarness implements WorkloadHarness {
  async setUp(): Promise<Workloads> {
    const { workloads } = await this.startCluster();
    if (!workloads) throw new Error('a playground has workloads');
    return workloads;
  }
}

class PlaygroundPlaceHarness extends PlaygroundWorkloadHarness implements PlaceHarness {
  setUp(): Promise<ClusterPort> {
    return this.startCluster();
  }
}

describeWorkloadHolds('PlaygroundWorkloads', new HoldHarness());
describeWorkloadPlaces('PlaygroundCluster', new PlaygroundPlaceHarness());
