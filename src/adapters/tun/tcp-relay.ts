import { copyOfPart } from '../../domain/bytes.ts';
import type { ByteChannel, ChannelFailure } from '../../domain/byte-channel.ts';
import { ErrnoError, type ErrnoName } from '../../domain/errno-error.ts';
import type { PendingTcp, RefusalReason, TcpStream } from '../../domain/netstack/stack-events.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';

/** Dials where a local program connects to, and joins the two: the program's connect succeeds only when the far side's did. */
export async function relayTcp(pending: PendingTcp, outbound: Pick<OutboundNetwork, 'dial'>): Promise<void> {
  const abandoned = new AbortController();
  pending.onAbandoned = () => abandoned.abort();
  try {
    const channel = await outbound.dial(pending.destination, abandoned.signal);
    joinTcp(pending, channel);
  } catch (error) {
    if (!abandoned.signal.aborted) pending.refuse(refusalFor(error));
  }
}

/** Accepts `pending` with `channel` behind it: bytes, backpressure, ends and resets pass both ways as they are. */
export function joinTcp(pending: PendingTcp, channel: ByteChannel): void {
  const relay = new TcpRelay(channel);
  channel.attach(relay.towardsProgram);
  const stream = pending.accept(relay.fromProgram);
  if (stream) relay.start(stream);
  else channel.reset({ errno: 'ECONNRESET', message: 'the program gave up' });
}

class TcpRelay {
  readonly #channel: ByteChannel;
  #stream: TcpStream | undefined;
  /** What the stack had no room for. The channel is paused while there is any, so it is one chunk and seldom more. */
  #backlog: Uint8Array[] = [];
  /** So much of the first chunk the stack has taken. */
  #taken = 0;
  #endAfterBacklog = false;
  /** Bytes written to the channel since it last had room: consumed when it drains. */
  #unconsumed = 0;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  start(stream: TcpStream): void {
    this.#stream = stream;
    this.#drainBacklog();
  }

  readonly fromProgram = {
    data: (bytes: Uint8Array, start: number, end: number): void => {
      // The memory is the batch's; the channel keeps what it is given.
      const room = this.#channel.write(copyOfPart(bytes, start, end));
      if (room) this.#stream?.consumed(end - start);
      else this.#unconsumed += end - start;
    },
    ended: (): void => this.#channel.end(),
    writable: (): void => this.#drainBacklog(),
    closed: (failure?: 'reset' | 'timed-out'): void => {
      this.#stream = undefined;
      if (failure) this.#channel.reset(programFailure(failure));
    },
  };

  readonly towardsProgram = {
    data: (chunk: Uint8Array): void => {
      this.#backlog.push(chunk);
      this.#drainBacklog();
    },
    ended: (): void => {
      this.#endAfterBacklog = true;
      this.#drainBacklog();
    },
    drained: (): void => {
      const bytes = this.#unconsumed;
      this.#unconsumed = 0;
      if (bytes > 0) this.#stream?.consumed(bytes);
    },
    closed: (failure?: ChannelFailure): void => {
      if (failure) this.#stream?.reset();
    },
  };

  #drainBacklog(): void {
    const stream = this.#stream;
    if (!stream) return;
    const wasWaiting = this.#backlog.length > 0;
    for (let chunk = this.#backlog[0]; chunk; chunk = this.#backlog[0]) {
      this.#taken += stream.write(chunk, this.#taken);
      if (this.#taken < chunk.length) {
        this.#channel.pause();
        return;
      }
      this.#backlog.shift();
      this.#taken = 0;
    }
    if (this.#endAfterBacklog) stream.end();
    else if (wasWaiting) this.#channel.resume();
  }
}

const refusals: Partial<Record<ErrnoName, RefusalReason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  ENETUNREACH: 'net-unreachable',
  EHOSTUNREACH: 'host-unreachable',
  EADDRNOTAVAIL: 'net-unreachable',
  EACCES: 'prohibited',
  EPERM: 'prohibited',
  ETIMEDOUT: 'timed-out',
};

/** What the program is told of a failed dial; of a lost link, that the host can't be reached. */
export function refusalFor(error: unknown): RefusalReason {
  return (error instanceof ErrnoError ? refusals[error.errno] : undefined) ?? 'host-unreachable';
}

function programFailure(failure: 'reset' | 'timed-out'): ChannelFailure {
  return failure === 'reset'
    ? { errno: 'ECONNRESET', message: 'the program reset the connection' }
    : { errno: 'ETIMEDOUT', message: 'the program no longer acknowledges' };
}
