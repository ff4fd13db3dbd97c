import type { ByteChannel, ByteSink, ChannelFailure } from '../../src/domain/byte-channel.ts';

/** Two ends of one stream of bytes. @param roomBytes - so much may be under way in each direction before `write` says that there is no room */
export function memoryChannelPair(roomBytes = 65_536): [MemoryChannel, MemoryChannel] {
  const left = new MemoryChannel(roomBytes);
  const right = new MemoryChannel(roomBytes);
  left.join(right);
  right.join(left);
  return [left, right];
}

/** One end, with the promises of {@link ByteChannel} kept to the letter: what it tells it tells in later microtasks. */
export class MemoryChannel implements ByteChannel {
  readonly #roomBytes: number;
  #peer: MemoryChannel | undefined;
  #sink: ByteSink | undefined;
  /** Written by the peer, not yet delivered here. */
  readonly #inbound: Uint8Array[] = [];
  #inboundBytes = 0;
  #peerEnded = false;
  #endDelivered = false;
  #ended = false;
  #closed = false;
  #failure: ChannelFailure | undefined;
  #paused = false;
  #writerWaits = false;
  #scheduled = false;

  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes;
  }

  join(peer: MemoryChannel): void {
    this.#peer = peer;
  }

  /** For tests: bytes written by the peer that this end's reader didn't take yet. */
  get waitingBytes(): number {
    return this.#inboundBytes;
  }

  /** For tests: `closed` was told, or is about to be. */
  get isClosed(): boolean {
    return this.#closed;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  attach(sink: ByteSink): void {
    if (this.#sink) throw new Error('attached twice');
    this.#sink = sink;
    this.#schedule();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended) throw new Error('written after the end');
    if (this.#closed || this.#failure) return true;
    return this.#peer?.take(chunk) ?? true;
  }

  end(): void {
    if (this.#ended || this.#failure) return;
    this.#ended = true;
    this.#peer?.takeEnd();
    this.#schedule();
  }

  reset(failure: ChannelFailure): void {
    if (this.#closed || this.#failure) return;
    this.fail(failure);
    this.#peer?.fail(failure);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  /** From the peer. @returns whether there is room for more */
  take(chunk: Uint8Array): boolean {
    this.#inbound.push(chunk);
    this.#inboundBytes += chunk.length;
    this.#schedule();
    this.#writerWaits = this.#inboundBytes >= this.#roomBytes;
    return !this.#writerWaits;
  }

  takeEnd(): void {
    this.#peerEnded = true;
    this.#schedule();
  }

  /** Drops what is under way: `closed(failure)` is all that is still told. */
  fail(failure: ChannelFailure): void {
    if (this.#closed || this.#failure) return;
    this.#failure = failure;
    this.#inbound.length = 0;
    this.#inboundBytes = 0;
    this.#schedule();
  }

  #roomAgain(): void {
    if (!this.#closed && !this.#failure) this.#sink?.drained();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const sink = this.#sink;
    if (!sink || this.#closed) return;
    if (this.#failure) return this.#close(sink);
    this.#deliverOne(sink);
    const more = this.#inbound.length > 0 || (this.#peerEnded && !this.#endDelivered);
    if (more && !this.#paused) this.#schedule();
    if (this.#endDelivered && this.#ended) this.#close(sink);
  }

  #deliverOne(sink: ByteSink): void {
    if (this.#paused) return;
    const chunk = this.#inbound.shift();
    if (chunk) {
      this.#inboundBytes -= chunk.length;
      sink.data(chunk);
      this.#tellWriter();
    } else if (this.#peerEnded && !this.#endDelivered) {
      this.#endDelivered = true;
      sink.ended();
    }
  }

  #tellWriter(): void {
    if (!this.#writerWaits || this.#inboundBytes >= this.#roomBytes) return;
    this.#writerWaits = false;
    const peer = this.#peer;
    if (peer) queueMicrotask(() => peer.#roomAgain());
  }

  #close(sink: ByteSink): void {
    this.#closed = true;
    sink.closed(this.#failure);
  }
}
