import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { channelOfDescriptor } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { SshLink } from '../../src/adapters/ssh/ssh-link.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { Link } from '../../src/domain/ports/link-port.ts';
import type { PodServices, TunnelLease } from '../../src/domain/ports/tunnel-port.ts';
import { agentPort } from '../../src/domain/protocol/protocol.ts';
import { encodeUtf8 } from '../../src/domain/protocol/utf8.ts';
import { MemoryNetwork } from '../fakes/memory-network.ts';
import { makeAgentFiles, type TestAgentFiles } from './link-agent.ts';

const native = (name: string): string => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));
const agentProgram = fileURLToPath(new URL('../../dist/agent.cjs', import.meta.url));
const atAgent = { address: ip('127.0.0.1'), port: agentPort };
const never = new AbortController().signal;

/** The built agent as the process of a TUN whose far side is in memory: programs that the agent starts see nothing else. */
export class MemoryNetworkPod {
  readonly #lease: TunnelLease;
  readonly #files: TestAgentFiles;
  readonly #link: Link;
  readonly #surroundings: { network: MemoryNetwork };

  private constructor(lease: TunnelLease, files: TestAgentFiles, link: Link, surroundings: { network: MemoryNetwork }) {
    this.#lease = lease;
    this.#files = files;
    this.#link = link;
    this.#surroundings = surroundings;
  }

  /** @param addresses - of the pod */
  static async open(...addresses: readonly string[]): Promise<MemoryNetworkPod> {
    const files = await makeAgentFiles();
    const sockets = { connected: channelOfDescriptor, listening: listenOnDescriptor };
    const tunnel = new TunTunnel({ launcher: native('inpod-launcher'), nativeLibrary: native('libinpodtun.so') }, sockets);
    const surroundings = { network: new MemoryNetwork() };
    const lease = await tunnel.open(
      {
        sessionId: 'pod',
        hostname: 'suite-pod',
        addresses: addresses.map(ip),
        gateway: ip('198.19.255.53'),
        files: {
          resolvConf: 'nameserver 198.19.255.53\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n',
          hosts: '127.0.0.1\tlocalhost\n',
        },
        outbound: {
          dial: (destination, signal) => surroundings.network.dial(destination, signal),
          openDatagrams: (destination) => surroundings.network.openDatagrams(destination),
          resolve: (message) => surroundings.network.resolve(message),
        },
      },
      [0, 1, 2],
      never,
    );
    await startAgent(lease, files);
    const link = await new SshLink().open({ dial: () => lease.connect(atAgent) }, files.keys, never);
    return new MemoryNetworkPod(lease, files, link, surroundings);
  }

  /** From now on the pod is in `network`. */
  moveTo(network: MemoryNetwork): void {
    this.#surroundings.network = network;
  }

  get services(): PodServices {
    const link = this.#link;
    return {
      openSocks: (signal) => link.openSocks(signal),
      openAgent: () => this.#lease.connect(atAgent),
      agentHostKey: this.#files.keys.agentPublicKey,
      allowExec: (key) => link.allowExec(key),
      openNameServer: () => link.openNameServer(),
      breakDnsLoop: (external, isAssumed) => link.breakDnsLoop(external, isAssumed),
      askOffice: (port) => link.askOffice(port, []),
      listen: (scope, port, accept) => link.listen(scope, port, accept),
    };
  }

  async close(): Promise<void> {
    await this.#link.close();
    await this.#lease.close();
    await this.#files.remove();
  }
}

/** Resolves when it listens. */
async function startAgent(lease: TunnelLease, { settings }: TestAgentFiles): Promise<void> {
  const variables = {
    PATH: process.env['PATH'] ?? '',
    INPOD_AGENT_HOST_KEY: settings.hostKeyFile,
    INPOD_AGENT_CLIENT_KEY: settings.clientKeyFile,
    INPOD_AGENT_ENVIRONMENT: settings.environmentFile,
    INPOD_AGENT_LISTENING: settings.listeningFile,
    INPOD_AGENT_SERVING: settings.servingFile,
  };
  const environment = Object.entries(variables).map(([name, value]) => ({ name: encodeUtf8(name), value: encodeUtf8(value) }));
  const child = await lease.spawn({ argv: [process.execPath, agentProgram], environment, cwd: '/', umask: 0o022 });
  let exit: unknown;
  void child.exited.then((how) => (exit = how));
  const isListening = (): boolean => {
    if (exit !== undefined) throw new Error(`the agent ended: ${JSON.stringify(exit)}`);
    try {
      return readFileSync(settings.listeningFile, 'utf8') !== '';
    } catch {
      return false;
    }
  };
  while (!isListening()) await new Promise((resolve) => setTimeout(resolve, 20));
}
