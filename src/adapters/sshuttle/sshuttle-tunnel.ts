import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalLease } from '../../domain/backend/local-lease.ts';
import { externalServer } from '../../domain/dns/external-server.ts';
import { CancelledError, HostError, InvariantError } from '../../domain/errors.ts';
import type { AcceptChannel } from '../../domain/ports/listener.ts';
import type {
  InheritedDescriptors,
  PodServices,
  TunnelCapabilities,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../domain/ports/tunnel-port.ts';
import { findSshuttle, searchPathOf, type FoundSshuttle } from './find-sshuttle.ts';
import { SshuttleKeeper } from './sshuttle-keeper.ts';
import { hostAlias, sshuttleArguments, type SshFiles } from './sshuttle-command.ts';
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
    const { network, relay, supervise, hasIpv6 } = this.#parts;
    const sshuttle = await this.#sshuttle(signal);
    const toAgent: AcceptChannel = (channel) => void relay(channel, (gone) => pod.openAgent(gone));
    const listener = await network.listen('127.0.0.1', 0, toAgent);
    const folder = join(this.#parts.sessionsFolder, options.sessionId);
    const files = { identityFile: join(folder, 'ssh-key'), knownHostsFile: join(folder, 'known-hosts') };
    const forget = async (): Promise<void> => {
      await listener.close();
      await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
    };
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const nameServer = await this.#introduce(pod, files, signal);
      const task = {
        ...files,
        method: sshuttle.method,
        hasBuffer: sshuttle.hasBuffer,
        agentPort: listener.port,
        nameServerPort: nameServer.port,
        networks,
        hasIpv6: hasIpv6(),
      };
      const argv = [sshuttle.path, ...sshuttleArguments(task)];
      const keeper = await SshuttleKeeper.open({ ...this.#parts, argv, options, pod, nameServer, searchPath: this.#searchPath }, signal);
      const end = async (): Promise<void> => {
        await keeper.close();
        await forget();
      };
      try {
        await this.#breakLoop(pod, options, signal);
        const supervisor = await supervise(inherited, signal);
        return new LocalLease({ machine: this.#parts, supervisor, prepare: async (command) => command, lost: keeper.lost, end });
      } catch (error) {
        await keeper.close();
        throw error;
      }
    } catch (error) {
      await forget();
      throw error;
    }
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
