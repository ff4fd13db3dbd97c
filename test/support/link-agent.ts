import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CarrierPort } from '../../src/domain/ports/carrier-port.ts';
import type { Link, LinkKeys } from '../../src/domain/ports/link-port.ts';
import { connectSocket } from '../../src/adapters/host/socket-channel.ts';
import { SshLink, type LinkTimings } from '../../src/adapters/ssh/ssh-link.ts';
import type { AgentSettings } from '../../src/app/programs/agent/agent-settings.ts';
import { startAgent, type RunningAgent } from '../../src/app/programs/agent/agent-server.ts';

/** What a test may set of the agent's files. */
export interface TestAgentOptions {
  readonly keys?: LinkKeys;
  readonly environ?: Uint8Array;
  readonly resolvConf?: string;
  readonly dnsPort?: number;
}

/** The real agent's files in a temporary folder, its keys and settings. */
export interface TestAgentFiles {
  readonly keys: LinkKeys;
  readonly settings: AgentSettings;
  remove(): Promise<void>;
}

/** Writes what a pod's Secret and manifest would provide. */
export async function makeAgentFiles(options: TestAgentOptions = {}): Promise<TestAgentFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'inpod-link-test-'));
  const keys = options.keys ?? new SshLink().generateKeys();
  const path = (name: string): string => join(folder, name);
  await Promise.all([
    writeFile(path('host-key'), keys.agentPrivateKey, { mode: 0o600 }),
    writeFile(path('client-key.pub'), keys.clientPublicKey),
    writeFile(path('environ'), options.environ ?? Buffer.from('A=1\0')),
    writeFile(path('resolv.conf'), options.resolvConf ?? 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n'),
    writeFile(path('hosts'), '127.0.0.1 localhost\n10.9.8.7 fixture\n'),
  ]);
  const settings: AgentSettings = {
    port: 0,
    hostKeyFile: path('host-key'),
    clientKeyFile: path('client-key.pub'),
    environmentFile: path('environ'),
    listeningFile: path('listening'),
    servingFile: path('serving'),
    resolvConfFile: path('resolv.conf'),
    hostsFile: path('hosts'),
    dnsPort: options.dnsPort ?? 53,
  };
  return { keys, settings, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The real agent in this process. */
export interface TestAgent extends TestAgentFiles {
  readonly agent: RunningAgent;
  readonly carrier: CarrierPort;
  open(timings?: Partial<LinkTimings>): Promise<Link>;
  close(): Promise<void>;
}

/** Starts the agent on a free port; `close` also closes the links that `open` made. */
export async function startTestAgent(options: TestAgentOptions = {}): Promise<TestAgent> {
  const files = await makeAgentFiles(options);
  const agent = await startAgent(files.settings);
  const carrier = tcpCarrier(agent.port);
  const links: Link[] = [];
  return {
    ...files,
    agent,
    carrier,
    open: async (timings) => {
      const link = await new SshLink(timings).open(carrier, files.keys, new AbortController().signal);
      links.push(link);
      return link;
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close()));
      await agent.close();
      await files.remove();
    },
  };
}

/** A carrier to a port of this machine's loopback. */
export function tcpCarrier(port: number): CarrierPort {
  return { dial: (signal) => connectSocket('127.0.0.1', port, signal) };
}
