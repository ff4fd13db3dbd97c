import type { ByteChannel, ByteSink } from '../byte-channel.ts';
import type { Instant } from '../netstack/instant.ts';
import type { ClockPort } from '../ports/clock-port.ts';
import type { DatagramChannel, DatagramSink } from '../ports/link-port.ts';

/** Connections that came about, and bytes of theirs, as the local program sees them. */
export interface ConnectionTally {
  connections: number;
  sentBytes: number;
  receivedBytes: number;
}

/** One attempt to connect, from its begin to its outcome. */
export interface DialRecord {
  /** The name that the cluster's DNS gave for the address, else the address; then the port. */
  readonly target: string;
  readonly tookMs: number;
  /** `failed` also where the program gave up meanwhile. */
  readonly outcome: 'connected' | 'failed';
}

/** What flowed in a session until now. Plain data. */
export interface TrafficSummary {
  /** By connections that the program opened. */
  readonly outbound: Readonly<ConnectionTally>;
  /** By connections that the program was reached by. */
  readonly inbound: Readonly<ConnectionTally>;
  /** UDP of the program, both ways; name questions to the session itself aren't part of it. */
  readonly datagrams: { readonly sent: number; readonly received: number };
  /** The outbound dial that took longest; absent where there was none. */
  readonly slowestDial?: DialRecord | undefined;
}

/** Counts what passes between the program and everything else. Whoever makes a channel hands it through here; the channel is otherwise as it was. */
export class SessionTraffic {
  readonly #clock: Pick<ClockPort, 'now'>;
  readonly #outbound: ConnectionTally = { connections: 0, sentBytes: 0, receivedBytes: 0 };
  readonly #inbound: ConnectionTally = { connections: 0, sentBytes: 0, receivedBytes: 0 };
  readonly #datagrams = { sent: 0, received: 0 };
  #slowestDial: DialRecord | undefined;

  constructor(clock: Pick<ClockPort, 'now'>) {
    this.#clock = clock;
  }

  summary(): TrafficSummary {
    const [outbound, inbound, datagrams] = [{ ...this.#outbound }, { ...this.#inbound }, { ...this.#datagrams }];
    return { outbound, inbound, datagrams, slowestDial: this.#slowestDial };
  }

  /**
   * Times the program's own connection, and counts it.
   * @param target - for people
   * @param onEnd - called once, when the connection is closed or didn't come about
   * @returns what `dial` made; rejects as it does
   */
  async dialled(target: string, dial: () => Promise<ByteChannel>, onEnd = (): void => undefined): Promise<ByteChannel> {
    const begunAt = this.#clock.now();
    try {
      const channel = await dial();
      this.#noteDial(target, begunAt, 'connected');
      this.#outbound.connections++;
      return new CountedChannel(channel, (count) => (this.#outbound.sentBytes += count), (count) => (this.#outbound.receivedBytes += count), onEnd); // prettier-ignore
    } catch (error) {
      onEnd();
      this.#noteDial(target, begunAt, 'failed');
      throw error;
    }
  }

  /** Counts a connection to the program: what is written to `channel` the program receives. */
  reached(channel: ByteChannel): ByteChannel {
    this.#inbound.connections++;
    return new CountedChannel(channel, (count) => (this.#inbound.receivedBytes += count), (count) => (this.#inbound.sentBytes += count)); // prettier-ignore
  }

  /** Counts the datagrams of one flow of the program. @param onEnd - called once, when the flow is closed */
  datagrams(channel: DatagramChannel, onEnd = (): void => undefined): DatagramChannel {
    const counts = this.#datagrams;
    let isClosed = false;
    return {
      attach: (sink: DatagramSink) =>
        channel.attach({
          datagram: (payload) => {
            counts.received++;
            sink.datagram(payload);
          },
          failed: (errno) => sink.failed(errno),
        }),
      send: (payload) => {
        counts.sent++;
        channel.send(payload);
      },
      close: () => {
        if (!isClosed) onEnd();
        isClosed = true;
        channel.close();
      },
    };
  }

  #noteDial(target: string, begunAt: Instant, outcome: DialRecord['outcome']): void {
    const tookMs = this.#clock.now() - begunAt;
    if (tookMs >= (this.#slowestDial?.tookMs ?? 0)) this.#slowestDial = { target, tookMs, outcome };
  }
}

/** A channel whose bytes are counted, written ones and read ones. */
class CountedChannel implements ByteChannel {
  readonly #channel: ByteChannel;
  readonly #wrote: (count: number) => void;
  readonly #read: (count: number) => void;
  readonly #onEnd: () => void;

  constructor(channel: ByteChannel, wrote: (count: number) => void, read: (count: number) => void, onEnd = (): void => undefined) {
    this.#channel = channel;
    this.#wrote = wrote;
    this.#read = read;
    this.#onEnd = onEnd;
  }

  attach(sink: ByteSink): void {
    this.#channel.attach({
      data: (chunk) => {
        this.#read(chunk.length);
        sink.data(chunk);
      },
      ended: () => sink.ended(),
      drained: () => sink.drained(),
      closed: (failure) => {
        this.#onEnd();
        sink.closed(failure);
      },
    });
  }

  write(chunk: Uint8Array): boolean {
    this.#wrote(chunk.length);
    return this.#channel.write(chunk);
  }

  end(): void {
    this.#channel.end();
  }

  reset(failure: Parameters<ByteChannel['reset']>[0]): void {
    this.#channel.reset(failure);
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }
}
