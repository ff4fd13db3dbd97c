import type { ByteChannel } from '../byte-channel.ts';
import type { ToldNames } from '../dns/told-name.ts';
import type { PodFacts } from '../protocol/pod-facts.ts';
import type { CarrierPort } from './carrier-port.ts';
import type { AcceptChannel, Listener } from './listener.ts';

/** Host as the pod's resolver or socket takes it: a name or an address without brackets. */
export interface DialTarget {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** One UDP socket of the pod, "connected" to one far endpoint. */
export interface DatagramChannel {
  /** Exactly once, in the turn in which it was received. */
  attach(sink: DatagramSink): void;
  /** Takes ownership; may drop, as UDP may. At most 65,507 bytes. */
  send(payload: Uint8Array): void;
  close(): void;
}

/** What a datagram channel tells. */
export interface DatagramSink {
  datagram(payload: Uint8Array): void;
  /** The far side answered with ICMP port unreachable (`ECONNREFUSED`), or the path was lost. Comes at most once and ends the channel. */
  failed(errno: string): void;
}

/** Who may connect to a port of the pod: everybody who reaches its addresses, or its own containers only. */
export type PodPortScope = 'pod' | 'loopback';

/** A name server on the pod's loopback, by UDP, for resolvers that don't know that they ask in a pod. */
export interface PodNameServer {
  readonly port: number;
  /** The IPv4 address that it gives to who greets it: `hellotelepresence-N`, with whatever that resolver appends. */
  readonly proof: string;
}

/** The authenticated connection to the agent in the pod. */
export interface Link {
  /**
   * Opens a TCP connection from the pod.
   * @returns the channel once the far side accepted
   * @throws ErrnoError with the pod's errno: refused, unreachable, timed out, unknown name
   * @throws TunnelError `LINK_LOST`
   */
  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel>;
  /** A UDP socket in the pod towards `target`, which is an address. @throws TunnelError `LINK_LOST` */
  openDatagrams(target: DialTarget): DatagramChannel;
  /**
   * Opens a connection to the SOCKS5 server on the pod's loopback, which listens from the first one on; Tor's RESOLVE and RESOLVE_PTR are understood.
   * @throws TunnelError `LINK_LOST`, `LINK_FAILED` where there can be none
   */
  openSocks(signal: AbortSignal): Promise<ByteChannel>;
  /**
   * Lets who has the private key run commands in the pod, over connections to the agent that may do nothing else; for as long as the agent lives, or until
   * the next such key.
   * @param publicKey - one line of authorized_keys form
   * @throws TunnelError `LINK_LOST`, `LINK_FAILED`
   */
  allowExec(publicKey: string): Promise<void>;
  /** Starts the pod's name server, if it isn't there yet; it lasts as long as the agent. @throws TunnelError `LINK_LOST`, `LINK_FAILED` */
  openNameServer(): Promise<PodNameServer>;
  /**
   * Looks whether names that the cluster doesn't know come back to the pod's name server, as on a cluster of this very machine; if so, it asks another for
   * them from then on.
   * @param external - the other: an IPv4 address
   * @param isAssumed - they do, and it needn't be looked
   * @returns whether they come back
   * @throws TunnelError `LINK_LOST`, `LINK_FAILED`
   */
  breakDnsLoop(external: string, isAssumed: boolean): Promise<boolean>;
  /**
   * Lets the pod's name server ask, by TCP, for names that the cluster doesn't know.
   * @param port - of the pod's 127.0.0.1, where this side listens
   * @param laptopNames - names that are asked there alone, whatever the cluster knows; lower case, without a last dot. An older agent passes over them
   * @throws TunnelError `LINK_LOST`, `LINK_FAILED`
   */
  askOffice(port: number, laptopNames: readonly string[]): Promise<void>;
  /**
   * Asks which names were answered in the pod since this link was opened, or since they were asked for last: by its name server, and by its SOCKS server.
   * @param waitMs - the reply comes when there are any, or after so long; at most a minute
   * @throws TunnelError `LINK_LOST`; `LINK_FAILED` where the agent is older and can't tell
   */
  namesTold(waitMs: number): Promise<ToldNames>;
  /**
   * Listens in the pod, until the link or the listener is closed.
   * @throws ErrnoError `EADDRINUSE` where the pod's kernel refuses the port; TunnelError `LINK_LOST`
   */
  listen(scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener>;
  /**
   * Asks the pod's own resolvers, in their order, with the pod's time-outs.
   * @param message - a DNS message in wire form (RFC 1035 §4.1); its id comes back unchanged
   * @throws ResolverError `DNS_TIMEOUT`; TunnelError `LINK_LOST`
   */
  queryDns(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array>;
  /** Lets the pod become ready: what listens in it is served from now on. Idempotent. @throws TunnelError `LINK_LOST`, `LINK_FAILED` */
  announceServing(): Promise<void>;
  /**
   * Asks the far side for a sign of life, and closes the link where none comes within a part of the time after which a silent one is lost anyway.
   * Resolves when it came, or when the link is closed; never rejects.
   */
  prove(): Promise<void>;
  /** TCP connections open at the moment; still readable after the link closed, with their number at that moment. */
  readonly openConnections: number;
  /** Asked once, when the link came up. */
  readonly podFacts: PodFacts;
  /** Settles when the link is gone, by whatever cause: `undefined` after `close`. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What the client's side takes of the keys: OpenSSH formats. */
export interface ClientKeys {
  /** The client's private key, unencrypted OpenSSH PEM. A secret. */
  readonly clientPrivateKey: string;
  /** The agent's public host key, pinned by the client. */
  readonly agentPublicKey: string;
}

/** What proves each side to the other: OpenSSH formats. */
export interface LinkKeys extends ClientKeys {
  /** The client's public key, one line of authorized_keys form. */
  readonly clientPublicKey: string;
  /** The agent's private host key. A secret; goes into the Secret. */
  readonly agentPrivateKey: string;
}

/** Makes links. */
export interface LinkPort {
  /** Fresh ed25519 keys for one agent. */
  generateKeys(): LinkKeys;
  /**
   * Authenticates over a byte stream of `carrier`, agrees on a protocol version, asks the pod's facts.
   * @throws TunnelError `LINK_FAILED` (transient: nobody listens yet), `HOST_KEY_MISMATCH`, `PROTOCOL_MISMATCH`, `AGENT_BUSY`; what `carrier.dial` throws
   */
  open(carrier: CarrierPort, keys: ClientKeys, signal: AbortSignal): Promise<Link>;
}
