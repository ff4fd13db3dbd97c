import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ErrnoError, type ErrnoName } from '../../src/domain/errno-error.ts';
import type { HostNetworkPort } from '../../src/domain/ports/host-network-port.ts';
import type { DatagramChannel, DatagramSink, DialTarget } from '../../src/domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../src/domain/ports/listener.ts';
import type { TableRoute } from '../../src/domain/routes/proc-route-table.ts';
import { abortable } from '../../src/domain/promises.ts';
import { memoryChannelPair } from './memory-channel.ts';

type AnswerDatagram = (payload: Uint8Array) => Uint8Array | undefined;

/** Hosts that exist in memory: what a pod reaches, or the laptop. A target that nobody set up refuses. */
export class MemoryHosts implements HostNetworkPort {
  /** Each dial, as `HOST:PORT`. */
  readonly dials: string[] = [];
  readonly datagramTargets: string[] = [];
  openDatagramChannels = 0;
  routesTold: readonly TableRoute[] = [];
  readonly #servers = new Map<string, AcceptChannel>();
  readonly #failures = new Map<string, ErrnoName>();
  readonly #silent = new Set<string>();
  #lastPort = 40_000;
  readonly #datagramServers = new Map<string, AnswerDatagram>();

  serve(host: string, port: number, accept: AcceptChannel): this {
    this.#servers.set(`${host}:${port}`, accept);
    return this;
  }

  /** Nobody listens there any more. */
  stop(host: string, port: number): this {
    this.#servers.delete(`${host}:${port}`);
    return this;
  }

  async routes(): Promise<readonly TableRoute[]> {
    return this.routesTold;
  }

  /** What listens, as `HOST:PORT`. */
  get served(): readonly string[] {
    return [...this.#servers.keys()];
  }

  async listen(address: string, port: number, accept: AcceptChannel): Promise<Listener> {
    const got = port === 0 ? ++this.#lastPort : port;
    const key = `${address}:${got}`;
    const errno = this.#failures.get(key) ?? (this.#servers.has(key) ? 'EADDRINUSE' : undefined);
    if (errno) throw new ErrnoError(errno, `listen ${errno} ${key}`);
    this.#servers.set(key, accept);
    return { port: got, close: async () => void this.#servers.delete(key) };
  }

  fail(host: string, port: number, errno: ErrnoName): this {
    this.#failures.set(`${host}:${port}`, errno);
    return this;
  }

  /** What `fail` said holds no more. */
  recover(host: string, port: number): this {
    this.#failures.delete(`${host}:${port}`);
    return this;
  }

  /** A dial there waits until it is abandoned. */
  hang(host: string, port: number): this {
    this.#silent.add(`${host}:${port}`);
    return this;
  }

  /** Without it datagrams to a target are answered with ICMP port unreachable. */
  serveDatagrams(host: string, port: number, answer: AnswerDatagram): this {
    this.#datagramServers.set(`${host}:${port}`, answer);
    return this;
  }

  async dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel> {
    const key = `${target.host}:${target.port}`;
    this.dials.push(key);
    signal.throwIfAborted();
    if (this.#silent.has(key)) return abortable(new Promise<never>(() => undefined), signal);
    const accept = this.#servers.get(key);
    const errno = this.#failures.get(key) ?? (accept ? undefined : 'ECONNREFUSED');
    if (errno) throw new ErrnoError(errno, `connect ${errno} ${key}`);
    const [near, far] = memoryChannelPair();
    accept?.(far);
    return near;
  }

  openDatagrams(target: DialTarget): DatagramChannel {
    const key = `${target.host}:${target.port}`;
    this.datagramTargets.push(key);
    this.openDatagramChannels++;
    return new MemoryDatagrams(this.#datagramServers.get(key), () => this.openDatagramChannels--);
  }
}

class MemoryDatagrams implements DatagramChannel {
  readonly #answer: AnswerDatagram | undefined;
  readonly #onClosed: () => void;
  #sink: DatagramSink | undefined;
  #open = true;

  constructor(answer: AnswerDatagram | undefined, onClosed: () => void) {
    this.#answer = answer;
    this.#onClosed = onClosed;
  }

  attach(sink: DatagramSink): void {
    this.#sink = sink;
  }

  send(payload: Uint8Array): void {
    queueMicrotask(() => {
      if (!this.#open) return;
      if (!this.#answer) return this.#fail();
      const answer = this.#answer(payload);
      if (answer) this.#sink?.datagram(answer);
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onClosed();
  }

  #fail(): void {
    this.close();
    this.#sink?.failed('ECONNREFUSED');
  }
}

/** A server that gives back what it gets, ends as it is ended, and pauses when there is no room. */
export function echo(channel: ByteChannel): void {
  channel.attach({
    data: (chunk) => {
      if (!channel.write(chunk)) channel.pause();
    },
    drained: () => channel.resume(),
    ended: () => channel.end(),
    closed: () => undefined,
  });
}
