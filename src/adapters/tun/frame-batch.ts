/** The TUN's longest frame: a virtio-net header of 10 bytes and a packet of 64 KiB, rounded up to whole words. */
const defaultStrideBytes = 65_560;

/**
 * Frames on their way from or to the TUN, each in a slot of its own. Made once and used for every batch:
 * what a slot holds is valid until the next read into the batch.
 */
export class FrameBatch {
  /** All slots, one after the other. */
  readonly bytes: Uint8Array;
  /** Bytes of the frame in each slot. */
  readonly lengths: Uint32Array;
  /** Bytes from one slot to the next. */
  readonly stride: number;
  /** Number of slots. */
  readonly capacity: number;
  /** The same memory for the native library. */
  readonly bytesBuffer: Buffer;
  /** The same memory as `lengths`, for the native library. */
  readonly lengthsBuffer: Buffer;
  readonly #slots: readonly Uint8Array[];
  /** The last frame of each slot: the next one is often as long, and then needs no new view. */
  readonly #frames: Uint8Array[];

  constructor(capacity: number, stride = defaultStrideBytes) {
    this.capacity = capacity;
    this.stride = stride;
    this.bytesBuffer = Buffer.allocUnsafeSlow(capacity * stride);
    this.bytes = new Uint8Array(this.bytesBuffer.buffer, 0, capacity * stride);
    this.lengths = new Uint32Array(capacity);
    this.lengthsBuffer = Buffer.from(this.lengths.buffer);
    this.#slots = Array.from({ length: capacity }, (_, i) => this.bytes.subarray(i * stride, (i + 1) * stride));
    this.#frames = [...this.#slots];
  }

  /** The whole slot `i`, `stride` bytes of it; `undefined` past the last. */
  slot(i: number): Uint8Array | undefined {
    return this.#slots[i];
  }

  /** The frame in slot `i`. */
  frame(i: number): Uint8Array {
    const length = this.lengths[i] ?? 0;
    const known = this.#frames[i];
    if (known?.length === length) return known;
    const start = i * this.stride;
    const frame = this.bytes.subarray(start, start + length);
    this.#frames[i] = frame;
    return frame;
  }
}
