import type { FrameSink } from '../../domain/netstack/stack-events.ts';
import type { FrameBatch } from './frame-batch.ts';
import type { FrameDevice } from './frame-device.ts';

const batchCapacity = 32;

/** Collects what the stack emits and writes it in batches. What the device has no room for stays, in order, until the next flush. */
export class BatchSink implements FrameSink {
  readonly #device: FrameDevice;
  readonly #batch: FrameBatch;
  readonly #capture: ((frame: Uint8Array) => void) | undefined;
  /** Slots filled, and of these the ones that the device took. */
  #count = 0;
  #written = 0;

  /** @param capture - sees each frame as it is emitted; valid during the call */
  constructor(device: FrameDevice, capture?: (frame: Uint8Array) => void) {
    this.#device = device;
    this.#batch = device.newBatch(batchCapacity);
    this.#capture = capture;
  }

  reserve(sizeBytes: number): Uint8Array | undefined {
    return sizeBytes > this.#batch.stride ? undefined : this.#batch.slots[this.#count];
  }

  commit(lengthBytes: number): void {
    const slot = this.#count++;
    this.#batch.lengths[slot] = lengthBytes;
    this.#capture?.(this.#batch.frame(slot));
  }

  /** @returns `empty`: there was nothing; `written`: all of it; `blocked`: not all, flush again when there is room */
  flush(): 'empty' | 'written' | 'blocked' {
    if (this.#count === 0) return 'empty';
    this.#written += this.#device.write(this.#batch, this.#count, this.#written);
    if (this.#written < this.#count) return 'blocked';
    this.#count = 0;
    this.#written = 0;
    return 'written';
  }
}
