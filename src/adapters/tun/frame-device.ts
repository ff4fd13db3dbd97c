/** Frames in one buffer: slot `i` begins at `i * stride` and holds `lengths[i]` bytes. Reused; a view of a slot is valid until the next read or flush. */
export interface FrameBatch {
  readonly bytes: Uint8Array;
  readonly lengths: Uint32Array;
  /** Bytes per slot. */
  readonly stride: number;
  /** Number of slots. */
  readonly capacity: number;
}

/** A TUN device as the pump uses it. */
export interface FrameDevice {
  /** Makes a batch of this device's form. */
  newBatch(capacity: number): FrameBatch;
  /** Fills `batch` with what is there, without waiting. @returns the number of frames; 0 where there is none. @throws TunnelError `TUNNEL_LOST` */
  read(batch: FrameBatch): number;
  /** Writes the first `count` frames, all of them. @throws TunnelError `TUNNEL_LOST` */
  write(batch: FrameBatch, count: number): void;
  /** Calls `ready` once, in a later turn, when `read` would find a frame. */
  whenReadable(ready: () => void): void;
  /** Idempotent. */
  close(): Promise<void>;
}
