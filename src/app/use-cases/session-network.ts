import type { ByteChannel } from '../../domain/byte-channel.ts';
import { formatEndpoint, type Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { DatagramChannel, DatagramSink, DialTarget } from '../../domain/ports/link-port.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';
import type { LearnedAddresses } from '../../domain/routes/learned-addresses.ts';
import { decideRoute, type Learnt, type RoutePlan } from '../../domain/routes/route-plan.ts';
import type { SessionTraffic } from '../../domain/session/session-traffic.ts';
import type { NameAnswerer } from './name-answerer.ts';
import type { SustainedLink } from './sustained-link.ts';

/** What a session's network is made of. */
export interface SessionNetworkParts {
  readonly link: Pick<SustainedLink, 'dial' | 'openDatagrams'>;
  readonly host: HostNetworkPort;
  readonly names: Pick<NameAnswerer, 'answer'>;
  /** What the cluster's DNS gave, and the addresses of names of `--never-proxy`. */
  readonly learned: LearnedAddresses;
  readonly avoided: LearnedAddresses;
  readonly clock: ClockPort;
  readonly traffic: Pick<SessionTraffic, 'dialled' | 'datagrams'>;
  /** Read at each opening, so that ranges may grow. */
  readonly routes: () => RoutePlan;
}

/** Sends each connection of the child to the cluster or out of the laptop. */
export class SessionNetwork implements OutboundNetwork {
  readonly #parts: SessionNetworkParts;

  constructor(parts: SessionNetworkParts) {
    this.#parts = parts;
  }

  dial(destination: Endpoint, signal: AbortSignal): Promise<ByteChannel> {
    const { link, host, traffic } = this.#parts;
    const side = this.#side(destination.address);
    const dial = (): Promise<ByteChannel> =>
      side === 'cluster' ? link.dial(target(destination), signal) : host.dial(hostTarget(side, destination), signal);
    return traffic.dialled(this.#described(destination), dial, this.#use(destination.address));
  }

  openDatagrams(destination: Endpoint): DatagramChannel {
    return this.#parts.traffic.datagrams(this.#datagramsTo(destination), this.#use(destination.address));
  }

  /** Programs keep what they were told for longer than its TTL: an address that they use stays where it is. @returns ends the use */
  #use(address: IpAddress): () => void {
    const { learned, avoided, clock } = this.#parts;
    const known = [learned, avoided].filter((one) => one.has(address, clock.now()));
    for (const one of known) one.beginUse(address);
    return () => {
      for (const one of known) one.endUse(address, clock.now());
    };
  }

  resolve(message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> {
    return this.#parts.names.answer(message, transport);
  }

  #datagramsTo(destination: Endpoint): DatagramChannel {
    const { link, host } = this.#parts;
    const side = this.#side(destination.address);
    if (side !== 'cluster') return host.openDatagrams(hostTarget(side, destination));
    const open = (): DatagramChannel | undefined => link.openDatagrams(target(destination));
    return open() ?? new LateDatagrams(open);
  }

  #described(destination: Endpoint): string {
    const { learned, avoided } = this.#parts;
    const name = learned.nameOf(destination.address) ?? avoided.nameOf(destination.address);
    return name === undefined ? formatEndpoint(destination) : `${name}:${destination.port}`;
  }

  #side(address: IpAddress): ReturnType<typeof decideRoute>['side'] {
    return decideRoute(this.#parts.routes(), address, this.#learnt(address)).side;
  }

  #learnt(address: IpAddress): Learnt {
    const { learned, avoided, clock } = this.#parts;
    if (avoided.has(address, clock.now())) return 'never-proxy';
    return learned.has(address, clock.now()) ? 'cluster' : undefined;
  }
}

/** While the path to the cluster is away datagrams are lost, as on any network; the first one after its return opens the channel. */
class LateDatagrams implements DatagramChannel {
  readonly #open: () => DatagramChannel | undefined;
  #sink: DatagramSink | undefined;
  #channel: DatagramChannel | undefined;
  #closed = false;

  constructor(open: () => DatagramChannel | undefined) {
    this.#open = open;
  }

  attach(sink: DatagramSink): void {
    this.#sink = sink;
  }

  send(payload: Uint8Array): void {
    if (this.#closed || !this.#sink) return;
    if (!this.#channel) {
      this.#channel = this.#open();
      this.#channel?.attach(this.#sink);
    }
    this.#channel?.send(payload);
  }

  close(): void {
    this.#closed = true;
    this.#channel?.close();
  }
}

function target(destination: Endpoint): DialTarget {
  return { host: destination.address.toString(), port: destination.port };
}

function hostTarget(side: 'laptop' | 'laptop-loopback', destination: Endpoint): DialTarget {
  return side === 'laptop-loopback' ? { host: '127.0.0.1', port: destination.port } : target(destination);
}
