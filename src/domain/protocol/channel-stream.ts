/**
 * How a TCP connection is carried by an SSH channel (RFC 4254 §5.2, §5.3), the same at both ends:
 *
 * - bytes are CHANNEL_DATA within the channel's window;
 * - a half-close is CHANNEL_EOF, sent after all bytes written before it;
 * - a clean end is CHANNEL_CLOSE, which each side sends once it has both sent and received EOF;
 * - any earlier CHANNEL_CLOSE is a reset.
 *
 * As on Linux, bytes that arrived before a reset are still delivered before it is told, unless the reader writes first.
 */
import type { ByteChannel, ByteSink, ChannelFailure } from '../byte-channel.ts';
import { ReceiveWindow, type WindowBudget, type WindowedChannel } from './receive-window.ts';
import type { TransportPressure } from './transport-pressure.ts';

/**
 * What is used of an ssh2 Channel, on either side. Its own reading half is bypassed by a `push` of ours: a Readable would hold 2 MiB more for each channel,
 * and would tell the end only after it no longer shows whether EOF or CLOSE brought it.
 */
export interface SshChannel extends WindowedChannel {
  /** `'eof'` after CHANNEL_EOF came, `'closed'` after CHANNEL_CLOSE came or the link went. */
  readonly incoming: { readonly state: string; window: number };
  readonly writableLength: number;
  write(chunk: Uint8Array, written: () => void): boolean;
  /** Called by ssh2 with what arrives, and with null for EOF and for CLOSE. @returns whether ssh2 may open the window by itself */
  push(chunk: Uint8Array | null): boolean;
  /** Sends EOF. Not `end()`, which on ssh2's server side closes as well. */
  eof(): void;
  /** Sends CLOSE. */
  close(): void;
}

const peerReset: ChannelFailure = { errno: 'ECONNRESET', message: 'connection reset by the far side' };

/** Bytes that may wait for the channel's window before its writer is asked to wait. While they wait more would gain nothing: one read of a socket. */
const channelLimitBytes = 65_536;

/** What all channels of a link share. */
export interface ChannelShares {
  readonly pressure: TransportPressure;
  readonly windows: WindowBudget;
}

/** A {@link ByteChannel} over one SSH channel. Make it in the turn in which ssh2 hands the channel over. */
export class ChannelStream implements ByteChannel {
  readonly #channel: SshChannel;
  readonly #pressure: TransportPressure;
  readonly #window: ReceiveWindow;
  readonly #finished: (() => void) | undefined;
  #sink: ByteSink | undefined;
  #held: Uint8Array[] = [];
  #paused = false;
  #delivering = false;
  #eofReceived = false;
  #endedTold = false;
  #endAsked = false;
  #eofSent = false;
  #failure: ChannelFailure | undefined;
  #resetWhenWritten = false;
  #wantsDrain = false;
  #waitsForTransport = false;
  #done = false;

  /** @param finished - called once, when the stream has ended both ways or was reset */
  constructor(channel: SshChannel, { pressure, windows }: ChannelShares, finished?: () => void) {
    this.#channel = channel;
    this.#pressure = pressure;
    this.#finished = finished;
    this.#window = new ReceiveWindow(channel, windows);
    channel.push = (chunk) => {
      if (chunk === null) this.#receiveStop();
      else this.#receiveData(chunk);
      return false;
    };
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    if (this.#done) sink.closed(this.#failure);
    else this.#deliver();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#failure && !this.#done && !this.#resetWhenWritten) this.#finish();
    if (this.#done || this.#endAsked || this.#resetWhenWritten) return true;
    this.#channel.write(chunk, () => this.#written());
    this.#wantsDrain = !this.#hasRoom();
    if (this.#wantsDrain) this.#awaitTransport();
    return !this.#wantsDrain;
  }

  /** As `write`, of bytes that are the caller's again when it returns: ssh2 copies what the window takes, and keeps the rest as it is. */
  writeBorrowed(chunk: Uint8Array): boolean {
    const { writableLength, outgoing } = this.#channel;
    return this.write(writableLength === 0 && outgoing.window >= chunk.length ? chunk : new Uint8Array(chunk));
  }

  end(): void {
    if (this.#endAsked || this.#done || this.#resetWhenWritten) return;
    this.#endAsked = true;
    this.#sendEofWhenWritten();
  }

  reset(failure: ChannelFailure): void {
    if (this.#done) return;
    this.#failure ??= failure;
    this.#channel.close();
    this.#finish();
  }

  /** Resets after what was written has left, as a peer sees bytes that came before a RST; nothing may be written after it. */
  resetWhenWritten(failure: ChannelFailure): void {
    if (this.#done) return;
    this.#failure ??= failure;
    this.#resetWhenWritten = true;
    this.#resetIfWritten();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  #receiveData(chunk: Uint8Array): void {
    if (this.#done || this.#resetWhenWritten) return;
    this.#held.push(chunk);
    this.#deliver();
  }

  #receiveStop(): void {
    if (this.#done) return;
    if (this.#channel.incoming.state === 'eof') this.#eofReceived = true;
    else if (this.#resetWhenWritten || !this.#eofReceived || !this.#eofSent) this.#failure ??= this.#pressure.failure ?? peerReset;
    if (this.#resetWhenWritten && this.#channel.incoming.state !== 'eof') this.#finish();
    else this.#deliver();
  }

  /** Passes on what is held, in order, as far as the reader takes it; then the end of stream or the failure, which come while paused as well. */
  #deliver(): void {
    if (this.#delivering || !this.#sink) return;
    this.#delivering = true;
    while (!this.#paused && !this.#done && this.#held.length > 0) this.#sink.data(this.#held.shift() as Uint8Array);
    this.#delivering = false;
    if (this.#done || this.#held.length > 0) return;
    if (!this.#paused) this.#window.consumed();
    this.#deliverStop();
  }

  #deliverStop(): void {
    if (this.#eofReceived && !this.#endedTold) {
      this.#endedTold = true;
      this.#sink?.ended();
    }
    if (this.#done || this.#resetWhenWritten) return;
    if (this.#failure) this.#finish();
    else this.#closeWhenBothEnded();
  }

  #closeWhenBothEnded(): void {
    if (this.#done || !this.#endedTold || !this.#eofSent) return;
    this.#channel.close();
    this.#finish();
  }

  #finish(): void {
    this.#done = true;
    this.#held = [];
    this.#window.release();
    this.#finished?.();
    this.#sink?.closed(this.#failure);
  }

  #written(): void {
    if (this.#done) return;
    if (this.#resetWhenWritten) return this.#resetIfWritten();
    this.#sendEofWhenWritten();
    this.#tellDrained();
  }

  #resetIfWritten(): void {
    if (this.#channel.writableLength > 0) return;
    this.#channel.close();
    this.#finish();
  }

  #sendEofWhenWritten(): void {
    if (!this.#endAsked || this.#eofSent || this.#channel.writableLength > 0) return;
    this.#eofSent = true;
    this.#channel.eof();
    this.#closeWhenBothEnded();
  }

  #hasRoom(): boolean {
    return this.#channel.writableLength < channelLimitBytes && !this.#pressure.isCongested;
  }

  #tellDrained(): void {
    if (this.#done || !this.#wantsDrain) return;
    if (!this.#hasRoom()) return this.#awaitTransport();
    this.#wantsDrain = false;
    this.#sink?.drained();
  }

  #awaitTransport(): void {
    if (this.#waitsForTransport || !this.#pressure.isCongested) return;
    this.#waitsForTransport = true;
    this.#pressure.whenRelieved(() => {
      this.#waitsForTransport = false;
      this.#tellDrained();
    });
  }
}
