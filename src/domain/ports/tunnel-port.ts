import type { ByteChannel } from '../byte-channel.ts';
import type { ResolverCode, TunnelCode } from '../errors.ts';
import type { Cidr } from '../netstack/address/cidr.ts';
import type { Endpoint } from '../netstack/address/endpoint.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';
import type { ByteEnvironment } from '../session/byte-environment.ts';
import type { DatagramChannel, PodNameServer, PodPortScope } from './link-port.ts';
import type { AcceptChannel, Listener } from './listener.ts';

/**
 * What a backend can do. What a session asks of one that doesn't declare it fails with `UNSUPPORTED` and a hint; what a program meets then stands with each.
 */
export interface TunnelCapabilities {
  /** Datagrams reach the far side. Without it none does: where only the child is changed (`isolated`) sending fails; else they leave from this machine, beside the tunnel. */
  readonly udp: boolean;
  /** Connections by IPv6. Without it connecting fails at once, as on a machine that has none: nothing is dialled, and nothing leaves beside the tunnel. */
  readonly ipv6: boolean;
  /** A refused connection is refused for the program, before it sends. Without it, it is made, and ends or is reset before a byte came. */
  readonly refusedConnects: boolean;
  /** A connection that the far side resets is reset for the program; without it, it ends as if the far side had closed it. */
  readonly resets: boolean;
  /** A name that nobody knows is unknown to the program (EAI_NONAME); without it, looking it up fails for whatever reason. */
  readonly unknownNames: boolean;
  /**
   * Works without root. Without it an ordinary user who can't become root has a `probe` that isn't usable (`EPERM`) and an `open` that fails with `NOT_PERMITTED`, both with
   * a hint that names a backend that does without.
   */
  readonly rootless: boolean;
  /** Only the child is changed, nothing else on the machine. Without it the whole machine is, from `open` until `close`; then it is as before. */
  readonly isolated: boolean;
  /** Static and setuid programs are carried. Without it `spawn` fails with `PROGRAM_NOT_HOOKABLE`. */
  readonly staticPrograms: boolean;
  /** The child has the pod's hostname, hosts and resolv.conf. Without it, this machine's. */
  readonly privateFiles: boolean;
  /** The child's descendants end with the session, by whatever death. Without it they may stay. */
  readonly containedProcesses: boolean;
  /** The child's localhost is its own. Without it that is the laptop's: what listens there needs no publishing, and what is bound there is seen by all. */
  readonly ownLocalhost: boolean;
  readonly routing: TunnelRouting;
}

/**
 * What decides where a connection leaves from. `connections`: the session's {@link OutboundNetwork} is asked to dial each, wherever it goes. `networks`: those that
 * {@link TunnelOptions.networks} has for the cluster, less those it has for the laptop, are dialled from the pod; all else leaves from this machine, and what is learnt
 * later changes nothing. `none`: all but localhost is dialled from the pod, and the options' networks are not looked at.
 */
export type TunnelRouting = 'connections' | 'networks' | 'none';

/** Where the tunnel's traffic goes: the session routes each destination to the cluster or to the laptop. */
export interface OutboundNetwork {
  /** @throws ErrnoError as the far side saw it; TunnelError `LINK_LOST` */
  dial(destination: Endpoint, signal: AbortSignal): Promise<ByteChannel>;
  /** @throws ErrnoError; TunnelError `LINK_LOST` */
  openDatagrams(destination: Endpoint): DatagramChannel;
  /** Answers one DNS message in wire form. Never rejects: failures are answered SERVFAIL. */
  resolve(message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array>;
}

/** What the pod serves for a backend. All throw TunnelError `LINK_LOST`, `LINK_FAILED`, or the signal's reason. */
export interface PodServices {
  /** A connection to the SOCKS5 server in the pod, with Tor's RESOLVE and RESOLVE_PTR. */
  openSocks(signal: AbortSignal): Promise<ByteChannel>;
  /** A connection to the agent's SSH port, by a path of its own. @throws ClusterError where there is none */
  openAgent(signal: AbortSignal): Promise<ByteChannel>;
  /** The agent's public host key, one line of authorized_keys form. */
  readonly agentHostKey: string;
  /** As of {@link Link}: who has the private key may run commands by connections to the agent. */
  allowExec(publicKey: string, signal: AbortSignal): Promise<void>;
  /** As of {@link Link}. */
  openNameServer(signal: AbortSignal): Promise<PodNameServer>;
  /** As of {@link Link}. */
  breakDnsLoop(external: string, isAssumed: boolean, signal: AbortSignal): Promise<boolean>;
  /** As of {@link Link}; the session knows the names that are asked there alone. */
  askOffice(port: number, signal: AbortSignal): Promise<void>;
  /** Listens on a port of the pod, also after the path was lost and is back. @throws ErrnoError `EADDRINUSE` */
  listen(scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener>;
}

/** What leaves from where, as far as it is known at the start. `laptop` wins. */
export interface TunnelNetworks {
  readonly cluster: readonly Cidr[];
  readonly laptop: readonly Cidr[];
}

/** Who is asked for names that aren't the cluster's, where the cluster would ask this machine. */
export interface DnsChoice {
  /** An IPv4 address; without it, a public resolver that this machine doesn't use. */
  readonly external: string | undefined;
  /** The cluster runs on this machine, and would. */
  readonly isLocalCluster: boolean;
}

export interface TunnelWarning {
  readonly code: TunnelCode | ResolverCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The pod's view that the child is to have. */
export interface TunnelOptions {
  readonly sessionId: string;
  readonly hostname: string;
  /** The pod's addresses, which the child's interface gets; at least one. */
  readonly addresses: readonly IpAddress[];
  /** The packet core's own address: the child's name server and what answers a ping. */
  readonly gateway: IpAddress;
  /** Whole files for the child's /etc. */
  readonly files: { readonly resolvConf: string; readonly hosts: string };
  readonly outbound: OutboundNetwork;
  /** Needed where the routing is `networks`. */
  readonly networks?: TunnelNetworks | undefined;
  /** For backends by which the pod answers this machine's own resolver. */
  readonly dns?: DnsChoice | undefined;
  /** By what backends reach the pod that don't route connections; a playground's own pods have none. */
  readonly pod?: PodServices | undefined;
  /** Told of what the user should know, and that doesn't end the tunnel. */
  readonly warn?: ((warning: TunnelWarning) => void) | undefined;
  /** Each IP packet of the tunnel, where the user asked for a capture; `packet` is valid during the call. */
  readonly capture?: ((packet: Uint8Array) => void) | undefined;
}

/** What to run, as bytes: a name or value that isn't UTF-8 reaches execve as it is. */
export interface ChildCommand {
  /** At least one; `argv[0]` is looked up in the child's PATH unless it has a slash. */
  readonly argv: readonly string[];
  readonly environment: ByteEnvironment;
  readonly cwd: string;
  /** Permission bits that files made by the child lack, 0 to 0o777. */
  readonly umask: number;
  /** Soft limit of open descriptors; without it the program has this process's own. */
  readonly openFilesLimit?: number | undefined;
}

/** How a child ended: exactly one of the two. */
export type ChildExit = { readonly code: number; readonly signal?: undefined } | { readonly code?: undefined; readonly signal: number };

/** A child that runs. */
export interface TunnelChild {
  /** As the laptop's tools see it. */
  readonly pid: number;
  /** @throws (rejects) HostError `COMMAND_NOT_FOUND` or `COMMAND_NOT_EXECUTABLE` where it never started; TunnelError `TUNNEL_LOST` where its supervisor died */
  readonly exited: Promise<ChildExit>;
  /** Passes a signal on, unless the terminal already delivered it to the whole process group. */
  signal(signalNumber: number): void;
}

/** Descriptors above 2 that the caller handed over and the child gets under the same numbers; it gets 0, 1 and 2 in any case. */
export type InheritedDescriptors = readonly number[];

/** The environment that the child runs in. */
export interface TunnelLease {
  /** At most once. @throws TunnelError `TUNNEL_LOST`; HostError `PROGRAM_NOT_HOOKABLE` for what the backend would not carry */
  spawn(command: ChildCommand): Promise<TunnelChild>;
  /**
   * Connects within the child's network, to what the child listens on.
   * @throws ErrnoError as the kernel there says: `ECONNREFUSED` where nobody listens, or not the child; TunnelError `TUNNEL_LOST`
   */
  connect(target: Endpoint): Promise<ByteChannel>;
  /** Listens within the child's network. @param local - port 0 for any @throws ErrnoError `EADDRINUSE` and its like; TunnelError `TUNNEL_LOST` */
  listen(local: Endpoint, accept: AcceptChannel): Promise<Listener>;
  /**
   * TCP sockets that listen within the child's network at the moment, those of `listen` included; where its localhost is the laptop's, those of the child and
   * what came of it. Empty once the tunnel is gone.
   */
  listening(): Promise<readonly Endpoint[]>;
  /** Settles when the tunnel is gone: `undefined` after `close`. Never rejects. */
  readonly lost: Promise<Error | undefined>;
  /** Ends the child and all its descendants, and gives everything back. Idempotent. */
  close(): Promise<void>;
}

/** The outcome of trying a backend's steps for real. */
export type TunnelProbe =
  | { readonly usable: true; readonly notes: readonly string[] }
  | { readonly usable: false; readonly step: string; readonly errno: string; readonly reason: string; readonly hint: string };

/** Makes the environment that the process runs in. */
export interface TunnelPort {
  readonly name: 'tun' | 'sshuttle' | 'torsocks' | 'docker';
  readonly capabilities: TunnelCapabilities;
  /** Takes the real steps, leaves nothing. Never rejects but for cancellation. */
  probe(signal: AbortSignal): Promise<TunnelProbe>;
  /**
   * Before: nothing of the machine is changed. After: only the lease's holder sees the tunnel.
   * @param inherited - descriptors that the child will need: a backend's supervisor must receive them as it starts
   * @throws HostError `TUN_UNAVAILABLE`, `NAMESPACES_FORBIDDEN`, `BINARY_MISSING`, `NOT_PERMITTED`; TunnelError `TUNNEL_FAILED`
   */
  open(options: TunnelOptions, inherited: InheritedDescriptors, signal: AbortSignal): Promise<TunnelLease>;
}
