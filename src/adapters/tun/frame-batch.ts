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
  /** Each whole slot, `stride` bytes of it. */
  readonly slots: readonly Uint8Array[];

  constructor(capacity: number, stride = defaultStrideBytes) {
    this.capacity = capacity;
    this.stride = stride;
    this.bytesBuffer = Buffer.allocUnsafeSlow(capacity * stride);
    this.bytes = new Uint8Array(this.bytesBuffer.buffer, 0, capacity * stride);
    this.lengths = new Uint32Array(capacity);
    this.lengthsBuffer = Buffer.from(this.lengths.buffer);
    this.slots = Array.from({ length: capacity }, (_, i) => this.bytes.subarray(i * stride, (i + 1) * stride));
  }

  /** The frame in slot `i`: a new view. */
  frame(i: number): Uint8Array {
    const start = i * this.stride;
    return this.bytes.subarray(start, start + (this.lengths[i] ?? 0));
  }
}
