import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalLease } from '../../domain/backend/local-lease.ts';
import { externalServer } from '../../domain/dns/external-server.ts';
import { CancelledError, HostError, InvariantError } from '../../domain/errors.ts';
import type {
  ChildCommand,
  InheritedDescriptors,
  PodServices,
  TunnelCapabilities,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../domain/ports/tunnel-port.ts';
import { LeaseStack } from '../../domain/session/lease-stack.ts';
import { findSshuttle, searchPathOf, type FoundSshuttle } from './find-sshuttle.ts';
import { OfficeNames } from './office-names.ts';
import { listenSomewhere } from './pod-listener.ts';
import { SshuttleKeeper } from './sshuttle-keeper.ts';
import { hostAlias, sshuttleArguments, type SshFiles, type SshuttleTask } from './sshuttle-command.ts';
import type { SshuttleParts } from './sshuttle-parts.ts';

/** The real sshuttle, for the whole machine, whose ssh reaches the agent by a port of this machine. Linux only. */
export class SshuttleTunnel implements TunnelPort {
  readonly name = 'sshuttle';
  readonly capabilities: TunnelCapabilities = {
    udp: false,
    ipv6: true,
    refusedConnects: false,
    resets: false,
    unknownNames: true,
    rootless: false,
    isolated: false,
    staticPrograms: true,
    privateFiles: false,
    containedProcesses: true,
    ownLocalhost: false,
    routing: 'networks',
  };
  readonly #parts: SshuttleParts;
  readonly #searchPath: string;
  #found: FoundSshuttle | undefined;

  constructor(parts: SshuttleParts) {
    this.#parts = parts;
    this.#searchPath = searchPathOf(parts.environment);
  }

  async probe(signal: AbortSignal): Promise<TunnelProbe> {
    let step = 'find sshuttle';
    try {
      const { path, rights } = await this.#sshuttle(signal);
      step = 'start the supervisor';
      const supervisor = await this.#parts.supervise([], signal);
      await supervisor.close();
      return { usable: true, notes: [path, rights] };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const errno = error.code === 'NOT_PERMITTED' ? 'EPERM' : 'ENOENT';
      return { usable: false, step, errno, reason: error.message, hint: error.hint ?? '' };
    }
  }

  async open(options: TunnelOptions, inherited: InheritedDescriptors, signal: AbortSignal): Promise<TunnelLease> {
    if (signal.aborted) throw new CancelledError('cancelled', signal.reason);
    const { pod, networks } = options;
    if (!pod || !networks) throw new InvariantError('sshuttle has no pod to lead to, or no networks');
    const sshuttle = await this.#sshuttle(signal);
    const held = new LeaseStack();
    try {
      const way = await this.#wayToAgent(options.sessionId, pod, held);
      const nameServer = await this.#introduce(pod, way, signal);
      await this.#serveOffice(pod, held, signal);
      const task = { ...sshuttle, ...way, nameServerPort: nameServer.port, networks, hasIpv6: this.#parts.hasIpv6() };
      const argv = [sshuttle.path, ...sshuttleArguments(task)];
      const keeper = await SshuttleKeeper.open({ ...this.#parts, argv, options, pod, nameServer, searchPath: this.#searchPath }, signal);
      held.push('sshuttle', () => keeper.close());
      await this.#breakLoop(pod, options, signal);
      const supervisor = await this.#parts.supervise(inherited, signal);
      const [prepare, end] = [async (command: ChildCommand) => command, () => held.releaseAll()];
      return new LocalLease({ machine: this.#parts, supervisor, prepare, lost: keeper.lost, end });
    } catch (error) {
      await held.releaseAll();
      throw error;
    }
  }

  /** A port of this machine that leads to the agent, and names of files by which ssh will know it. */
  async #wayToAgent(sessionId: string, pod: PodServices, held: LeaseStack): Promise<SshFiles & Pick<SshuttleTask, 'agentPort'>> {
    const { network, relay, sessionsFolder } = this.#parts;
    const listener = await network.listen('127.0.0.1', 0, (channel) => void relay(channel, (gone) => pod.openAgent(gone)));
    held.push('port to the agent', () => listener.close());
    const folder = join(sessionsFolder, sessionId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = { identityFile: join(folder, 'ssh-key'), knownHostsFile: join(folder, 'known-hosts') };
    held.push('files for ssh', async () => {
      await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
    });
    return { ...files, agentPort: listener.port };
  }

  /** Names that the cluster doesn't know are asked of this machine's own servers: an office's, a VPN's. */
  async #serveOffice(pod: PodServices, held: LeaseStack, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const names = new OfficeNames({ ...this.#parts.office(), clock: this.#parts.clock, signal: ending.signal });
    const listener = await listenSomewhere(pod, 'loopback', (channel) => names.serve(channel));
    held.push('names of this machine', async () => {
      ending.abort();
      await listener.close();
    });
    await pod.askOffice(listener.port, signal);
  }

  /** On a cluster of this machine, names that it doesn't know come back: from here to the pod, to the cluster's resolver, and here again. */
  async #breakLoop(pod: PodServices, { dns, warn }: TunnelOptions, signal: AbortSignal): Promise<void> {
    const external = externalServer(dns?.external, await this.#parts.nameServers());
    const isLoop = await pod.breakDnsLoop(external, dns?.isLocalCluster === true, signal);
    if (!isLoop || dns?.external !== undefined) return;
    warn?.({
      code: 'DNS_FAILED',
      message: `names that the cluster doesn't know would come back to this machine: the pod asks ${external} for them`,
      hint: 'set dns.external in inpod.yaml to a name server of your choice',
    });
  }

  /** Makes ssh and the agent known to each other. */
  async #introduce(
    pod: PodServices,
    { identityFile, knownHostsFile }: SshFiles,
    signal: AbortSignal,
  ): ReturnType<PodServices['openNameServer']> {
    const key = this.#parts.generateKey();
    await Promise.all([
      writeFile(identityFile, key.private, { mode: 0o600 }),
      writeFile(knownHostsFile, `${hostAlias} ${pod.agentHostKey.trim()}\n`, { mode: 0o600 }),
      pod.allowExec(key.public, signal),
    ]);
    return pod.openNameServer(signal);
  }

  /** Asked once: it takes a program's start. */
  async #sshuttle(signal: AbortSignal): Promise<FoundSshuttle> {
    this.#found ??= await findSshuttle(this.#searchPath, signal);
    return this.#found;
  }
}
