import type { AgentPayload } from '../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import { describeClusterPort, type AgentKind, type ClusterHarness } from '../conformance/cluster-port.suite.ts';
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
