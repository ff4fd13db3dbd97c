import { createCipheriv, createHash } from 'node:crypto';
import { connectSocket } from '../../../src/adapters/host/socket-channel.ts';
import { UdpChannel } from '../../../src/adapters/host/udp-channel.ts';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import type { Endpoint } from '../../../src/domain/netstack/address/endpoint.ts';
import type { DatagramChannel } from '../../../src/domain/ports/link-port.ts';
import type { OutboundNetwork } from '../../../src/domain/ports/tunnel-port.ts';
import { echo, MemoryHosts } from '../../fakes/memory-hosts.ts';
import { laptops, ports, servers } from './kernel-addresses.ts';

/** What the far side saw, for the test to ask. */
export interface FarSide {
  /** How each channel of a `recorder` closed: an errno, or `end`. */
  readonly closed: string[];
  /** What each channel that ended first got afterwards: its hash. */
  readonly received: string[];
  /** Bytes that the last `flood` had room for. */
  floodBytes: number;
  /** Opens that nobody answered yet. */
  hanging: number;
}

const laptopHosts: readonly string[] = Object.values(laptops);

/** The far side: servers in this process, and the laptop's own, each at an address of its own, IPv4 and IPv6. */
export class KernelNetwork implements OutboundNetwork {
  readonly seen: FarSide = { closed: [], received: [], floodBytes: 0, hanging: 0 };
  readonly #hosts = new MemoryHosts();
  readonly #paused: ByteChannel[] = [];
  readonly #recorded = new Set<ByteChannel>();
  #answerHanging: (() => void)[] = [];

  constructor() {
    for (const host of Object.values(servers)) {
      const serve = (port: number, accept: (channel: ByteChannel) => void) => this.#hosts.serve(host, port, accept);
      serve(ports.echo, echo);
      serve(ports.sink, (channel) => this.#sink(channel));
      serve(ports.source, source);
      serve(ports.endsFirst, (channel) => this.#endsFirst(channel));
      serve(ports.resets, resetAtFirstByte);
      serve(ports.recorder, (channel) => this.#record(channel));
      serve(ports.reluctant, (channel) => (this.#sink(channel), channel.pause(), this.#paused.push(channel)));
      serve(ports.flood, (channel) => this.flood(channel));
      serve(ports.release, (channel) => this.#tell(channel, () => this.release()));
      serve(ports.floodCount, (channel) => this.#tell(channel, () => `${this.seen.floodBytes}`));
      this.#hosts.serveDatagrams(host, ports.echo, (payload) => payload);
    }
  }

  dial(destination: Endpoint, signal: AbortSignal): Promise<ByteChannel> {
    const { port } = destination;
    const host = destination.address.toString();
    if (laptopHosts.includes(host)) return connectSocket('127.0.0.1', port, signal);
    if (port !== ports.hangs) return this.#hosts.dial({ host, port }, signal);
    this.seen.hanging++;
    return new Promise((resolve) => {
      this.#answerHanging.push(() => resolve(this.#hosts.dial({ host, port: ports.recorder }, signal)));
    });
  }

  openDatagrams(destination: Endpoint): DatagramChannel {
    const { port } = destination;
    const host = destination.address.toString();
    return laptopHosts.includes(host) ? new UdpChannel({ host: '127.0.0.1', port }) : this.#hosts.openDatagrams({ host, port });
  }

  async resolve(message: Uint8Array): Promise<Uint8Array> {
    const answer = message.slice();
    answer.set([0x81, 0x82], 2); // SERVFAIL: there are no names here
    return answer;
  }

  /** Who didn't read, reads; who wasn't answered, is; and each recorder says something, so that a program whose reset was lost resets again. */
  release(): string {
    for (const channel of this.#recorded) channel.write(Buffer.from('k'));
    for (const channel of this.#paused.splice(0)) channel.resume();
    for (const answer of this.#answerHanging.splice(0)) answer();
    this.seen.hanging = 0;
    return 'ok';
  }

  /** Takes all, and answers with its hash and length. */
  #sink(channel: ByteChannel): void {
    const hash = createHash('sha256');
    let bytes = 0;
    channel.attach({
      data: (chunk) => {
        hash.update(chunk);
        bytes += chunk.length;
      },
      ended: () => {
        channel.write(Buffer.from(`${hash.digest('hex')} ${bytes}`));
        channel.end();
      },
      drained: () => undefined,
      closed: () => undefined,
    });
  }

  #endsFirst(channel: ByteChannel): void {
    const hash = createHash('sha256');
    channel.attach({
      data: (chunk) => void hash.update(chunk),
      ended: () => void this.seen.received.push(hash.digest('hex')),
      drained: () => undefined,
      closed: () => undefined,
    });
    channel.write(Buffer.from('bye'));
    channel.end();
  }

  #record(channel: ByteChannel): void {
    this.#recorded.add(channel);
    channel.attach({
      data: () => void channel.write(Buffer.from('k')),
      ended: () => (this.#recorded.delete(channel), channel.end()),
      drained: () => undefined,
      closed: (failure) => {
        this.#recorded.delete(channel);
        this.seen.closed.push(failure?.errno ?? 'end');
      },
    });
  }

  /** Sends as long as there is room, 24 MB and their hash. */
  flood(channel: ByteChannel): void {
    this.seen.floodBytes = 0;
    stream(channel, 24_000_000, 1, (bytes) => (this.seen.floodBytes += bytes))();
  }

  /** Answers the first byte with a word. */
  #tell(channel: ByteChannel, word: () => string): void {
    channel.attach({
      data: () => {
        channel.write(Buffer.from(word()));
        channel.end();
      },
      ended: () => undefined,
      drained: () => undefined,
      closed: () => undefined,
    });
  }
}

/** Reads a line `BYTES SEED`, and answers with so many bytes and their hash. */
function source(channel: ByteChannel): void {
  let line = '';
  let send: (() => void) | undefined;
  channel.attach({
    data: (chunk) => {
      line += Buffer.from(chunk).toString();
      if (send || !line.endsWith('\n')) return;
      const [bytes = 0, seed = 0] = line.split(' ').map(Number);
      send = stream(channel, bytes, seed, () => undefined, false);
      send();
    },
    ended: () => undefined,
    drained: () => send?.(),
    closed: () => (send = undefined),
  });
}

function resetAtFirstByte(channel: ByteChannel): void {
  channel.attach({
    data: () => channel.reset({ errno: 'ECONNRESET', message: 'as the test wants it' }),
    ended: () => undefined,
    drained: () => undefined,
    closed: () => undefined,
  });
}

/** @returns what writes as long as there is room: so many pseudo-random bytes, their hash, the end */
function stream(channel: ByteChannel, bytes: number, seed: number, wrote: (bytes: number) => void, attach = true): () => void {
  const key = Buffer.alloc(16);
  key.writeInt32LE(seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const hash = createHash('sha256');
  let left = bytes;
  let isOver = false;
  const send = (): void => {
    while (left > 0 && !isOver) {
      const chunk = cipher.update(Buffer.alloc(Math.min(left, 65_536)));
      left -= chunk.length;
      hash.update(chunk);
      wrote(chunk.length);
      if (!channel.write(chunk)) return;
    }
    if (isOver) return;
    isOver = true;
    channel.write(hash.digest());
    channel.end();
  };
  if (attach) channel.attach({ data: () => undefined, ended: () => undefined, drained: send, closed: () => (isOver = true) });
  return send;
}
