import { writeFile } from 'node:fs/promises';
import { LocalLease } from '../../domain/backend/local-lease.ts';
import { externalServer } from '../../domain/dns/external-server.ts';
import { parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import { CancelledError, HostError, InvariantError, TunnelError } from '../../domain/errors.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { PodNameServer } from '../../domain/ports/link-port.ts';
import type {
  ChildCommand,
  InheritedDescriptors,
  PodServices,
  TunnelCapabilities,
  TunnelLease,
  TunnelNetworks,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
  TunnelWarning,
} from '../../domain/ports/tunnel-port.ts';
import { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { MachineChanges } from '../../domain/session/machine-change.ts';
import { findSshuttle, searchPathOf, thisSearcher, type FoundSshuttle } from './find-sshuttle.ts';
import { OfficeNames } from './office-names.ts';
import { listenSomewhere } from './pod-listener.ts';
import { untilReady } from './readiness.ts';
import { hostAlias, sshuttleArguments, type SshFiles } from './sshuttle-command.ts';
import { SshuttleKeeper } from './sshuttle-keeper.ts';
import type { SshuttleParts } from './sshuttle-parts.ts';
import { SshuttleProcess } from './sshuttle-process.ts';
import { SshuttleRun, type RunParts } from './sshuttle-run.ts';
import { openWayToAgent, type WayToAgent } from './way-to-agent.ts';

/** What each run of sshuttle stands on. */
interface SshuttleGround extends TunnelOptions {
  readonly pod: PodServices;
  readonly networks: TunnelNetworks;
  readonly changes: MachineChanges;
  readonly way: WayToAgent;
  readonly nameServer: PodNameServer;
  /** Of the pod; IPv4. */
  readonly address: IpAddress;
}

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
    const { pod, networks, changes } = options;
    if (!pod || !networks || !changes)
      throw new InvariantError('sshuttle has no pod to lead to, no networks, or nobody who minds its rules');
    const [address] = options.addresses.filter(({ version }) => version === 4);
    if (!address)
      throw new TunnelError({ code: 'UNSUPPORTED', message: 'sshuttle takes IPv4, which the pod has not', hint: 'use --backend tun' });
    const sshuttle = await this.#sshuttle(signal);
    const held = new LeaseStack();
    try {
      const way = await openWayToAgent(this.#parts, { sessionId: options.sessionId, pod }, held);
      const nameServer = await this.#introduce(pod, way, signal);
      await this.#serveOffice(pod, held, signal);
      const keeper = await this.#keep(sshuttle, { ...options, pod, networks, changes, way, nameServer, address }, signal);
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

  /** Keeps it running; what each run changes of this machine is told to `changes`. */
  async #keep(sshuttle: FoundSshuttle, ground: SshuttleGround, signal: AbortSignal): Promise<SshuttleKeeper> {
    const { environment, clock, listeningOf } = this.#parts;
    const { way, pod, nameServer, address, networks, changes, files } = ground;
    const warn = (warning: TunnelWarning): void => ground.warn?.(warning);
    const [domain] = parseResolvConf(files.resolvConf).search;
    const argv = [
      sshuttle.path,
      ...sshuttleArguments({ ...sshuttle, ...way, nameServerPort: nameServer.port, networks, hasIpv6: this.#parts.hasIpv6() }),
    ];
    const run: RunParts = {
      method: sshuttle.method,
      changes,
      rules: this.#parts.rules,
      launch: () => SshuttleProcess.start(argv, { ...environment, PATH: this.#searchPath }),
      listeningOf,
      guardWay: way.guard,
      untilReady: ({ begun, words }, either) => {
        // Until its ssh comes somebody may be typing a password for sudo, which takes as long as sudo allows.
        const task = { pod, address, nameServer, domain, begun: sshuttle.bySudo ? begun : Promise.resolve(), warn, words };
        return untilReady(this.#parts, task, either);
      },
      warn,
    };
    return SshuttleKeeper.open({ clock, start: (either) => SshuttleRun.start(run, either), warn }, signal);
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
    this.#found ??= await findSshuttle(thisSearcher(this.#searchPath), signal);
    return this.#found;
  }
}
