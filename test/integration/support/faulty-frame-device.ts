import { performance } from 'node:perf_hooks';
import { BatchSink } from '../../../src/adapters/tun/batch-sink.ts';
import type { FrameBatch } from '../../../src/adapters/tun/frame-batch.ts';
import type { FrameDevice } from '../../../src/adapters/tun/frame-device.ts';
import type { CopyBytes } from '../../../src/domain/netstack/buffer/copy-bytes.ts';
import { FaultInjector, type FrameFaults } from '../../../src/domain/netstack/device/fault-injector.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import type { FrameSink } from '../../../src/domain/netstack/stack-events.ts';

const now = () => instant(performance.now());

/** Puts frames into the batch that a reader brought. */
class BatchFiller implements FrameSink {
  batch: FrameBatch | undefined;
  count = 0;

  reserve(): Uint8Array | undefined {
    return this.batch?.slots[this.count];
  }

  commit(lengthBytes: number): void {
    if (this.batch) this.batch.lengths[this.count++] = lengthBytes;
  }
}

/** A real device with a path before it that treats frames badly, each way by chances of its own. */
export class FaultyFrameDevice implements FrameDevice {
  readonly #device: FrameDevice;
  readonly #filler = new BatchFiller();
  readonly #fromKernel: FaultInjector;
  readonly #toKernel: FaultInjector;
  readonly #written: BatchSink;
  /** Frames read from the kernel, of which the first `#passed` are on their way. */
  readonly #read: FrameBatch;
  #readCount = 0;
  #passed = 0;
  #writable: (() => void) | undefined;
  #timers = { read: undefined as NodeJS.Timeout | undefined, write: undefined as NodeJS.Timeout | undefined };
  #closed = false;

  /** @param random - seeded by whoever wants to see the same again */
  constructor(device: FrameDevice, virtioHeader: boolean, random: () => number) {
    this.#device = device;
    this.#read = device.newBatch(32);
    this.#written = new BatchSink(device);
    this.#fromKernel = new FaultInjector({ sink: this.#filler, virtioHeader, now, random });
    this.#toKernel = new FaultInjector({ sink: this.#written, virtioHeader, now, random });
  }

  get copyBytes(): CopyBytes {
    return this.#device.copyBytes;
  }

  /** For frames from now on, both ways. */
  set faults(faults: FrameFaults) {
    this.#fromKernel.faults = faults;
    this.#toKernel.faults = faults;
  }

  /** How often each fault happened, both ways together. */
  get injected(): FaultInjector['injected'] {
    const [one, other] = [this.#fromKernel.injected, this.#toKernel.injected];
    return {
      loss: one.loss + other.loss,
      duplication: one.duplication + other.duplication,
      reordering: one.reordering + other.reordering,
      corruption: one.corruption + other.corruption,
    };
  }

  newBatch(capacity: number): FrameBatch {
    return this.#device.newBatch(capacity);
  }

  read(batch: FrameBatch): number {
    this.#filler.batch = batch;
    this.#filler.count = 0;
    this.#fromKernel.poll();
    while (this.#filler.reserve() && this.#readMore()) this.#passOn();
    this.#filler.batch = undefined;
    return this.#filler.count;
  }

  write(batch: FrameBatch, count: number, first: number): number {
    let taken = first;
    for (; taken < count; taken++) {
      const frame = batch.frame(taken);
      const slot = this.#toKernel.reserve(frame.length);
      if (!slot) break;
      slot.set(frame);
      this.#toKernel.commit(frame.length);
    }
    this.#flush();
    return taken - first;
  }

  whenReady(interest: 'readable' | 'writable', ready: () => void): void {
    if (interest === 'writable') {
      this.#writable = ready;
      return;
    }
    let isTold = false;
    const tell = (): void => {
      clearTimeout(this.#timers.read);
      if (isTold || this.#closed) return;
      isTold = true;
      ready();
    };
    this.#device.whenReady('readable', tell);
    this.#timers.read = timerFor(this.#fromKernel, tell);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timers.read);
    clearTimeout(this.#timers.write);
    this.#device.close();
  }

  #readMore(): boolean {
    if (this.#passed < this.#readCount) return true;
    this.#readCount = this.#device.read(this.#read);
    this.#passed = 0;
    return this.#readCount > 0;
  }

  #passOn(): void {
    for (; this.#passed < this.#readCount; this.#passed++) {
      const frame = this.#read.frame(this.#passed);
      const slot = this.#fromKernel.reserve(frame.length);
      if (!slot) return;
      slot.set(frame);
      this.#fromKernel.commit(frame.length);
    }
  }

  /** Writes what is due, and looks again when more is, or when the kernel has room. */
  readonly #flush = (): void => {
    if (this.#closed) return;
    clearTimeout(this.#timers.write);
    let flushed: ReturnType<BatchSink['flush']>;
    do {
      this.#toKernel.poll();
      flushed = this.#written.flush();
    } while (flushed === 'written');
    if (flushed === 'blocked') this.#device.whenReady('writable', this.#flush);
    else this.#timers.write = timerFor(this.#toKernel, this.#flush);
    const ready = this.#writable;
    this.#writable = undefined;
    if (ready) setImmediate(ready);
  };
}

function timerFor(injector: FaultInjector, due: () => void): NodeJS.Timeout | undefined {
  const at = injector.pollAt();
  return at === undefined ? undefined : setTimeout(due, Math.max(0, at - performance.now()));
}
