import { setMaxListeners } from 'node:events';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../src/domain/errno-error.ts';
import type { Endpoint } from '../../src/domain/netstack/address/endpoint.ts';
import { IpAddress } from '../../src/domain/netstack/address/ip-address.ts';
import { HostError, InvariantError, TunnelError } from '../../src/domain/errors.ts';
import type {
  ChildCommand,
  ChildExit,
  InheritedDescriptors,
  OutboundNetwork,
  TunnelCapabilities,
  TunnelChild,
  TunnelLease,
  TunnelOptions,
  TunnelPort,
  TunnelProbe,
} from '../../src/domain/ports/tunnel-port.ts';
import type { AcceptChannel, Listener } from '../../src/domain/ports/listener.ts';
import { deferred } from '../../src/domain/promises.ts';
import { memoryChannelPair } from './memory-channel.ts';
import { MemoryHosts } from './memory-hosts.ts';
import { rulesOf, type MemoryMachine } from './memory-machine.ts';

/** What a program in memory sees: what a process of this backend would see. */
export interface MemoryWorld {
  readonly command: ChildCommand;
  readonly options: TunnelOptions;
  readonly network: OutboundNetwork;
  /** The child's own network. */
  readonly local: MemoryHosts;
  readonly inherited: InheritedDescriptors;
  /** Aborts when the program is killed. */
  readonly killed: AbortSignal;
  /** Signals that reach the program; without a handler they kill it. */
  onSignal(handler: (signalNumber: number) => void): void;
  /** Starts a descendant that outlives the program. */
  startDaemon(marker: string): void;
}

/** A program: resolves with how it ends. A rejection becomes that of `exited`. */
export interface MemoryProgram {
  readonly run: (world: MemoryWorld) => Promise<ChildExit>;
  /** Needs the capability `staticPrograms`. */
  readonly isStatic?: boolean;
}

const everything: TunnelCapabilities = {
  udp: true,
  ipv6: true,
  refusedConnects: true,
  resets: true,
  unknownNames: true,
  rootless: true,
  isolated: true,
  staticPrograms: true,
  privateFiles: true,
  containedProcesses: true,
  ownLocalhost: true,
  routing: 'connections',
};

const needsRoot = { code: 'NOT_PERMITTED', message: 'this backend must be root', hint: 'use --backend tun' } as const;

const killSignal = 9;

/** Calls that a test may make fail, or last. */
export type MemoryTunnelCall = 'probe' | 'open' | 'spawn' | 'close';

/** A backend whose children are functions. */
export class MemoryTunnel implements TunnelPort {
  name: TunnelPort['name'] = 'tun';
  readonly capabilities: TunnelCapabilities;
  readonly leases: MemoryTunnelLease[] = [];
  /** Is changed by an open tunnel, where there is one. */
  machine: Pick<MemoryMachine, 'make' | 'undo'> | undefined;
  probeResult: TunnelProbe = { usable: true, notes: [] };
  /** Whose it is. */
  isRoot = true;
  /** Runs before each call: throw, or wait, there. */
  script: (call: MemoryTunnelCall) => void | Promise<void> = () => undefined;
  readonly #programs: ReadonlyMap<string, MemoryProgram>;

  /** @param programs - by `argv[0]`; what isn't among them isn't found */
  constructor(programs: Readonly<Record<string, MemoryProgram>>, capabilities: Partial<TunnelCapabilities> = {}) {
    this.#programs = new Map(Object.entries(programs));
    this.capabilities = { ...everything, ...capabilities };
  }

  get openLeases(): number {
    return this.leases.filter((lease) => !lease.isClosed).length;
  }

  /** Descendants that are alive, by the marker they were started with. */
  countDaemons(marker: string): number {
    return this.leases.flatMap((lease) => lease.daemons).filter((one) => one === marker).length;
  }

  get lastLease(): MemoryTunnelLease {
    const last = this.leases.at(-1);
    if (!last) throw new Error('no tunnel was opened');
    return last;
  }

  async probe(signal: AbortSignal): Promise<TunnelProbe> {
    await this.script('probe');
    signal.throwIfAborted();
    if (!this.#isPermitted) return { usable: false, step: 'become root', errno: 'EPERM', reason: needsRoot.message, hint: needsRoot.hint };
    return this.probeResult;
  }

  async open(options: TunnelOptions, inherited: InheritedDescriptors, signal: AbortSignal): Promise<MemoryTunnelLease> {
    await this.script('open');
    signal.throwIfAborted();
    if (!this.#isPermitted) throw new HostError(needsRoot);
    const script = (call: MemoryTunnelCall): void | Promise<void> => this.script(call);
    const undo = await this.#changeMachine(options, 20_000 + this.leases.length);
    const lease = new MemoryTunnelLease({ options, inherited, programs: this.#programs, capabilities: this.capabilities, script, undo });
    this.leases.push(lease);
    return lease;
  }

  get #isPermitted(): boolean {
    return this.isRoot || this.capabilities.rootless;
  }

  /** @returns what undoes it */
  async #changeMachine({ changes }: TunnelOptions, port: number): Promise<() => Promise<void>> {
    const { machine } = this;
    if (!machine) return async () => undefined;
    const change = rulesOf(port);
    await changes?.intend(change);
    await machine.make(change);
    return async () => {
      await machine.undo(change);
      await changes?.undone(change);
    };
  }
}

interface LeaseParts {
  readonly options: TunnelOptions;
  readonly inherited: InheritedDescriptors;
  readonly programs: ReadonlyMap<string, MemoryProgram>;
  readonly capabilities: TunnelCapabilities;
  readonly script: (call: MemoryTunnelCall) => void | Promise<void>;
  /** Of the change of the machine. */
  readonly undo: () => Promise<void>;
}

/** The environment of one child in memory. */
export class MemoryTunnelLease implements TunnelLease {
  readonly options: TunnelOptions;
  readonly #parts: LeaseParts;
  readonly #lost = deferred<Error | undefined>();
  readonly lost = this.#lost.promise;
  /** The child's network: what listens there. */
  readonly hosts = new MemoryHosts();
  child: MemoryChild | undefined;
  daemons: string[] = [];
  isClosed = false;
  closeCount = 0;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.options = parts.options;
  }

  async spawn(command: ChildCommand): Promise<MemoryChild> {
    await this.#parts.script('spawn');
    if (this.isClosed) throw new TunnelError({ code: 'TUNNEL_LOST', message: 'the tunnel is closed' });
    if (this.child) throw new InvariantError('a tunnel has one child');
    const program = this.#find(command.argv[0] ?? '');
    if (program instanceof HostError) return (this.child = new MemoryChild(() => Promise.reject(program)));
    if (program.isStatic && !this.#parts.capabilities.staticPrograms) {
      throw new HostError({ code: 'PROGRAM_NOT_HOOKABLE', message: `${command.argv[0]} is a static program`, hint: 'use --backend tun' });
    }
    this.child = new MemoryChild((child) => program.run(this.#world(command, child)));
    return this.child;
  }

  connect({ address, port }: Endpoint): Promise<ByteChannel> {
    return this.hosts.dial({ host: address.toString(), port }, new AbortController().signal);
  }

  listen({ address, port }: Endpoint, accept: AcceptChannel): Promise<Listener> {
    return this.hosts.listen(address.toString(), port, accept);
  }

  async listening(): Promise<readonly Endpoint[]> {
    if (this.isClosed) return [];
    return this.hosts.served.flatMap((key) => {
      const colon = key.lastIndexOf(':');
      const address = IpAddress.parse(key.slice(0, colon));
      return address ? [{ address, port: Number(key.slice(colon + 1)) }] : [];
    });
  }

  /** The tunnel breaks under the child. */
  lose(error: Error): void {
    this.child?.kill(new TunnelError({ code: 'TUNNEL_LOST', message: 'the supervisor died', cause: error }));
    this.daemons = [];
    this.#lost.resolve(error);
  }

  async close(): Promise<void> {
    this.closeCount++;
    await this.#parts.script('close');
    this.isClosed = true;
    this.child?.kill();
    this.daemons = [];
    await this.#parts.undo();
    this.#lost.resolve(undefined);
  }

  #find(name: string): MemoryProgram | HostError {
    if (name === '/dev/null') return new HostError({ code: 'COMMAND_NOT_EXECUTABLE', message: `${name}: permission denied` });
    return this.#parts.programs.get(name) ?? new HostError({ code: 'COMMAND_NOT_FOUND', message: `${name}: not found` });
  }

  #world(command: ChildCommand, child: MemoryChild): MemoryWorld {
    const { options, inherited, capabilities } = this.#parts;
    return {
      command,
      options: capabilities.privateFiles ? options : { ...options, ...machineView },
      network: networkOf(options, capabilities),
      local: this.hosts,
      inherited,
      killed: child.killed,
      onSignal: (handler) => (child.handler = handler),
      startDaemon: (marker) => this.daemons.push(marker),
    };
  }
}

/** A running function. */
export class MemoryChild implements TunnelChild {
  readonly pid = 4712;
  readonly signals: number[] = [];
  readonly #exited = deferred<ChildExit>();
  readonly exited = this.#exited.promise;
  readonly #kill = new AbortController();
  readonly killed = this.#kill.signal;
  handler: ((signalNumber: number) => void) | undefined;

  constructor(run: (child: MemoryChild) => Promise<ChildExit>) {
    setMaxListeners(0, this.killed);
    run(this).then(this.#exited.resolve, this.#exited.reject);
  }

  signal(signalNumber: number): void {
    this.signals.push(signalNumber);
    if (this.handler && signalNumber !== killSignal) this.handler(signalNumber);
    else this.#end({ signal: signalNumber });
  }

  /** SIGKILL, or the end that `reason` is. A child that ended before stays as it was. */
  kill(reason?: Error): void {
    if (reason) this.#exited.reject(reason);
    this.#end({ signal: killSignal });
  }

  #end(exit: ChildExit): void {
    this.#exited.resolve(exit);
    this.#kill.abort();
  }
}

/** What of a machine a child sees that has no view of its own. */
const machineView = { hostname: 'laptop', files: { resolvConf: 'nameserver 192.0.2.53\n', hosts: '127.0.0.1\tlocalhost\n' } };

/** What a backend of these capabilities makes of the far side. */
function networkOf({ outbound, networks }: TunnelOptions, capabilities: TunnelCapabilities): OutboundNetwork {
  const { udp, ipv6, refusedConnects, isolated, routing } = capabilities;
  const leaves = ({ address }: Endpoint): boolean =>
    routing !== 'networks' ||
    (networks?.cluster.some((one) => one.contains(address)) === true && !networks.laptop.some((one) => one.contains(address)));
  return {
    dial: async (destination, signal) => {
      if (!ipv6 && destination.address.version === 6) throw new ErrnoError('ENETUNREACH', 'this backend carries no IPv6');
      if (!leaves(destination)) throw new ErrnoError('ENETUNREACH', 'this machine has no network');
      const dialled = outbound.dial(destination, signal);
      return refusedConnects ? dialled : dialled.catch(() => endedChannel());
    },
    resolve: outbound.resolve.bind(outbound),
    openDatagrams: (destination) => {
      if (udp) return outbound.openDatagrams(destination);
      if (!isolated) return { attach: () => undefined, send: () => undefined, close: () => undefined };
      throw new TunnelError({ code: 'UNSUPPORTED', message: 'this backend carries no datagrams', hint: 'use --backend tun' });
    },
  };
}

/** Connected, and ended by the far side at once. */
function endedChannel(): ByteChannel {
  const [near, far] = memoryChannelPair();
  far.attach({ data: () => undefined, ended: () => undefined, drained: () => undefined, closed: () => undefined });
  far.end();
  return near;
}
