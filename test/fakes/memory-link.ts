import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import type { ToldName, ToldNames } from '../../src/domain/dns/told-name.ts';
import { TunnelError } from '../../src/domain/errors.ts';
import type { CarrierPort } from '../../src/domain/ports/carrier-port.ts';
import type {
  ClientKeys,
  DatagramChannel,
  DialTarget,
  Link,
  LinkKeys,
  LinkPort,
  PodNameServer,
  PodPortScope,
} from '../../src/domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../src/domain/ports/listener.ts';
import { deferred } from '../../src/domain/promises.ts';
import type { PodFacts } from '../../src/domain/protocol/pod-facts.ts';
import type { MemoryHosts } from './memory-hosts.ts';

/** What is at the other end of a memory link. */
export interface MemoryPod {
  readonly facts: PodFacts;
  /** What the pod can reach. */
  readonly hosts: MemoryHosts;
  /** The pod's resolver. */
  readonly answerDns: (message: Uint8Array) => Promise<Uint8Array>;
}

/** Where a test lets a SOCKS server of the pod listen. */
export const memorySocksPort = 1080;

/** Where a test would find a name server of the pod. */
const memoryNameServer: PodNameServer = { port: 1053, proof: '127.1.2.3' };

/** A link whose far side is in memory; `break` takes the path away. */
export class MemoryLink implements Link {
  readonly podFacts: PodFacts;
  readonly #pod: MemoryPod;
  readonly #closed = deferred<Error | undefined>();
  readonly closed = this.#closed.promise;
  readonly #channels = new Set<ByteChannel>();
  #isGone = false;
  closeCount = 0;
  /** Whether the pod was told that it serves. */
  isServing = false;
  /** Runs before `close` does anything. */
  beforeClose: () => void | Promise<void> = () => undefined;

  /** What comes of a proof: breaks the link, or waits. */
  beforeProof: (link: MemoryLink) => void | Promise<void> = () => undefined;

  constructor(pod: MemoryPod) {
    this.#pod = pod;
    this.podFacts = pod.facts;
  }

  get openConnections(): number {
    return this.#channels.size;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  async dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel> {
    this.#requirePath();
    const channel = await this.#pod.hosts.dial(target, signal);
    this.#channels.add(channel);
    return channel;
  }

  openDatagrams(target: DialTarget): DatagramChannel {
    this.#requirePath();
    return this.#pod.hosts.openDatagrams(target);
  }

  /** What serves the port of {@link memorySocksPort} of the pod. */
  openSocks(signal: AbortSignal): Promise<ByteChannel> {
    return this.dial({ host: '127.0.0.1', port: memorySocksPort }, signal);
  }

  /** Keys that may run commands, the last one in force. */
  readonly execKeys: string[] = [];

  async allowExec(publicKey: string): Promise<void> {
    this.#requirePath();
    this.execKeys.push(publicKey);
  }

  async openNameServer(): Promise<PodNameServer> {
    this.#requirePath();
    return memoryNameServer;
  }

  async askOffice(): Promise<void> {
    this.#requirePath();
  }

  #told: ToldNames = { names: [], dropped: 0 };
  #isTold = deferred<void>();

  /** What a test's pod answers. */
  answerNames(...names: readonly ToldName[]): void {
    this.#told = { names: [...this.#told.names, ...names], dropped: 0 };
    this.#isTold.resolve();
  }

  async namesTold(waitMs: number): Promise<ToldNames> {
    this.#requirePath();
    if (waitMs > 0) await Promise.race([this.#isTold.promise, this.closed]);
    this.#requirePath();
    const told = this.#told;
    this.#told = { names: [], dropped: 0 };
    this.#isTold = deferred<void>();
    return told;
  }

  /** Whether a test's cluster asks this machine what it doesn't know. */
  isDnsLoop = false;

  async breakDnsLoop(_external: string, isAssumed: boolean): Promise<boolean> {
    this.#requirePath();
    return isAssumed || this.isDnsLoop;
  }

  /** In the pod's own network: see {@link MemoryPod.hosts}, at 127.0.0.1 whatever the scope. */
  async listen(_scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener> {
    this.#requirePath();
    const listener = await this.#pod.hosts.listen('127.0.0.1', port, (channel) => {
      this.#channels.add(channel);
      accept(channel);
    });
    void this.closed.then(() => listener.close());
    return listener;
  }

  async queryDns(message: Uint8Array): Promise<Uint8Array> {
    this.#requirePath();
    return this.#pod.answerDns(message);
  }

  async announceServing(): Promise<void> {
    this.#requirePath();
    this.isServing = true;
  }

  async prove(): Promise<void> {
    await Promise.race([this.beforeProof(this), this.closed]);
  }

  /** The path is lost: connections break, `closed` settles with `reason`. */
  break(reason: Error = linkLost()): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const channel of this.#channels) channel.reset({ errno: 'EPIPE', message: 'the link was lost' });
    this.#closed.resolve(reason);
  }

  async close(): Promise<void> {
    this.closeCount++;
    await this.beforeClose();
    this.#isGone = true;
    this.#closed.resolve(undefined);
  }

  #requirePath(): void {
    if (this.#isGone) throw linkLost();
  }
}

/** Makes memory links; a test says what each opening does. */
export class MemoryLinks implements LinkPort {
  readonly opened: MemoryLink[] = [];
  /** Openings asked for so far. */
  attempts = 0;
  /** Runs before each opening: throw, or wait, to make it fail or last. */
  beforeOpen: (attempt: number, signal: AbortSignal) => void | Promise<void> = () => undefined;
  readonly #pod: MemoryPod;

  constructor(pod: MemoryPod) {
    this.#pod = pod;
  }

  get last(): MemoryLink {
    const last = this.opened.at(-1);
    if (!last) throw new Error('no link was opened');
    return last;
  }

  generateKeys(): LinkKeys {
    return {
      clientPrivateKey: 'client private key',
      clientPublicKey: 'client public key',
      agentPrivateKey: 'agent private key',
      agentPublicKey: 'agent public key',
    };
  }

  async open(_carrier: CarrierPort, _keys: ClientKeys, signal: AbortSignal): Promise<MemoryLink> {
    await this.beforeOpen(++this.attempts, signal);
    const link = new MemoryLink(this.#pod);
    this.opened.push(link);
    return link;
  }
}

/** What a link's calls throw when its path is gone. */
export function linkLost(): TunnelError {
  return new TunnelError({ code: 'LINK_LOST', message: 'the connection to the agent was lost', transient: true });
}
