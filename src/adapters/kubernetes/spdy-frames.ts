import { constants, deflateRawSync } from 'node:zlib';

/**
 * Frames of SPDY/3.1, as far as the kubelet's port-forward uses it:
 * ```
 * data:    | 0 stream id (31) | flags (8) length (24) | bytes |
 * control: | 1 version 3 (15) type (16) | flags (8) length (24) | payload |
 * ```
 * @see {@link https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ | SPDY Protocol, Draft 3.1, §2.2, §2.6}
 */
const version = 0x8003;
const synStream = 1;
const rstStream = 3;
const ping = 6;
const finFlag = 1;
const frameHeaderBytes = 8;
/** RST_STREAM and PING are read up to here; of other control frames nothing is. */
const controlBytesRead = 8;

/** What a frame says; frames that mean nothing here (replies, settings, headers, windows, go-aways) are left out. */
export type SpdyFrame =
  /** A part of a data frame: its bytes come as they arrive. */
  | { readonly kind: 'data'; readonly streamId: number; readonly bytes: Uint8Array }
  | { readonly kind: 'fin'; readonly streamId: number }
  | { readonly kind: 'reset'; readonly streamId: number; readonly status: number }
  | { readonly kind: 'ping'; readonly streamId: undefined; readonly id: number };

/** A SYN_STREAM without an end of this side's half. The first of a connection has `isFirst`: it begins the compressed stream of all headers. */
export function synStreamFrame(streamId: number, headers: Readonly<Record<string, string>>, isFirst: boolean): Uint8Array {
  const block = compressed(headerBlock(headers), isFirst);
  const frame = controlFrame(synStream, 10 + block.length);
  frame.writeUInt32BE(streamId, 8);
  frame.set(block, 18);
  return frame;
}

/** A PING, or the echo of one. */
export function pingFrame(id: number): Uint8Array {
  const frame = controlFrame(ping, 4);
  frame.writeUInt32BE(id, 8);
  return frame;
}

/** @param bytes - at most 16 MiB - 1 */
export function dataFrame(streamId: number, bytes: Uint8Array, isLast: boolean): Uint8Array {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + bytes.length);
  frame.writeUInt32BE(streamId, 0);
  frame.writeUInt32BE(((isLast ? finFlag : 0) << 24) | bytes.length, 4);
  frame.set(bytes, frameHeaderBytes);
  return frame;
}

function controlFrame(type: number, length: number): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + length);
  frame.writeUInt16BE(version, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(length, 4);
  return frame;
}

/** Count, then each name and value with its length, 32 bits each; names in lower case (§2.6.10). */
function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  const texts = entries.flat().map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length);
  return Buffer.concat([count, ...texts]);
}

/**
 * One zlib stream runs through all header blocks, flushed after each. Blocks without references backwards are such a stream after its two bytes of header.
 * Deviation: §2.6.10.1's dictionary is left out. The header says so, and zlib then needs none.
 */
function compressed(block: Uint8Array, isFirst: boolean): Uint8Array {
  const deflated = deflateRawSync(block, { finishFlush: constants.Z_SYNC_FLUSH });
  return isFirst ? Buffer.concat([Uint8Array.of(0x78, 0x9c), deflated]) : deflated;
}

/** Cuts the stream of frames, in whatever pieces it comes. Keeps nothing of a data frame but its head. */
export class SpdyReader {
  readonly #head = Buffer.alloc(frameHeaderBytes + controlBytesRead);
  #headLength = 0;
  /** Of the frame whose head is complete: what its payload still lacks. */
  #remaining = 0;

  /** @param take - called for each frame, in order; bytes are views on `piece` */
  read(piece: Uint8Array, take: (frame: SpdyFrame) => void): void {
    let rest = piece;
    while (rest.length > 0) {
      const taken = this.#wanted();
      if (taken > 0) {
        const part = rest.subarray(0, taken);
        this.#head.set(part, this.#headLength);
        this.#headLength += part.length;
        rest = rest.subarray(part.length);
        if (this.#wanted() > 0) continue;
        this.#begun(take);
      } else {
        const bytes = rest.subarray(0, this.#remaining);
        rest = rest.subarray(bytes.length);
        this.#remaining -= bytes.length;
        if (!this.#isControl) take({ kind: 'data', streamId: this.#streamId, bytes });
      }
      if (this.#remaining === 0) this.#done(take);
    }
  }

  /** How many bytes the head lacks: of a control frame it includes the start of the payload. */
  #wanted(): number {
    if (this.#headLength < frameHeaderBytes) return frameHeaderBytes - this.#headLength;
    return this.#isControl ? frameHeaderBytes + Math.min(this.#length, controlBytesRead) - this.#headLength : 0;
  }

  #begun(take: (frame: SpdyFrame) => void): void {
    this.#remaining = this.#length - (this.#headLength - frameHeaderBytes);
    if (!this.#isControl) return;
    const [type, first, second] = [this.#head.readUInt16BE(2), this.#head.readUInt32BE(8), this.#head.readUInt32BE(12)];
    if (type === rstStream) take({ kind: 'reset', streamId: first & 0x7fffffff, status: second });
    else if (type === ping) take({ kind: 'ping', streamId: undefined, id: first });
  }

  #done(take: (frame: SpdyFrame) => void): void {
    const isFin = !this.#isControl && ((this.#head[4] ?? 0) & finFlag) !== 0;
    this.#headLength = 0;
    if (isFin) take({ kind: 'fin', streamId: this.#streamId });
    this.#head.fill(0);
  }

  get #isControl(): boolean {
    return ((this.#head[0] ?? 0) & 0x80) !== 0;
  }

  get #streamId(): number {
    return this.#head.readUInt32BE(0) & 0x7fffffff;
  }

  get #length(): number {
    return this.#head.readUIntBE(5, 3);
  }
}
