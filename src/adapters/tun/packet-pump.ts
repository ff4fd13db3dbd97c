import { performance } from 'node:perf_hooks';
import { instant, type Instant } from '../../domain/netstack/instant.ts';
import type { NetStack } from '../../domain/netstack/net-stack.ts';
import type { FrameSink } from '../../domain/netstack/stack-events.ts';
import type { FrameBatch, FrameDevice } from './frame-device.ts';

const batchCapacity = 32;
/** After so many batches in one turn the loop turns once, so that the link's sockets are served as well. */
const batchesPerTurn = 4;

/** Collects what the stack emits and writes it in batches. */
export class BatchSink implements FrameSink {
  readonly #device: FrameDevice;
  readonly #batch: FrameBatch;
  #count = 0;

  constructor(device: FrameDevice) {
    this.#device = device;
    this.#batch = device.newBatch(batchCapacity);
  }

  reserve(sizeBytes: number): Uint8Array | undefined {
    const { bytes, stride, capacity } = this.#batch;
    if (this.#count === capacity || sizeBytes > stride) return undefined;
    const start = this.#count * stride;
    return bytes.subarray(start, start + stride);
  }

  commit(lengthBytes: number): void {
    this.#batch.lengths[this.#count++] = lengthBytes;
  }

  /** @returns whether there was something to write */
  flush(capture?: (frame: Uint8Array) => void): boolean {
    const count = this.#count;
    if (count === 0) return false;
    if (capture) forEachFrame(this.#batch, count, capture);
    this.#device.write(this.#batch, count);
    this.#count = 0;
    return true;
  }
}

/** What a pump moves between. */
export interface PumpParts {
  readonly device: FrameDevice;
  readonly stack: NetStack;
  readonly sink: BatchSink;
  /** Sees each frame, both ways. */
  readonly capture?: ((frame: Uint8Array) => void) | undefined;
  /** The device failed: the tunnel is lost. */
  readonly failed: (error: Error) => void;
}

/** Moves frames between the device and the packet core, and gives the core its time. */
export class PacketPump {
  readonly #parts: PumpParts;
  readonly #readBatch: FrameBatch;
  #timer: NodeJS.Timeout | undefined;
  #pollScheduled = false;
  #stopped = false;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#readBatch = parts.device.newBatch(batchCapacity);
  }

  start(): void {
    this.#parts.device.whenReadable(this.#onReadable);
  }

  /** Stops reading, writing and timers; the device stays open. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The stack has work that no packet brings: does it at the end of this turn, once. */
  readonly pollSoon = (): void => {
    if (this.#pollScheduled || this.#stopped) return;
    this.#pollScheduled = true;
    queueMicrotask(this.#onPoll);
  };

  readonly #onPoll = (): void => {
    this.#pollScheduled = false;
    this.#guarded(() => this.#poll(now()));
  };

  readonly #onReadable = (): void => {
    this.#guarded(() => {
      const more = this.#readBatches();
      if (more) setImmediate(this.#onReadable);
      else this.#parts.device.whenReadable(this.#onReadable);
    });
  };

  /** @returns whether there may be more to read */
  #readBatches(): boolean {
    const { device, stack, capture } = this.#parts;
    const batch = this.#readBatch;
    for (let i = 0; i < batchesPerTurn; i++) {
      const count = device.read(batch);
      if (count === 0) return false;
      if (capture) forEachFrame(batch, count, capture);
      const at = now();
      forEachFrame(batch, count, (frame) => stack.ingest(frame, at));
      this.#poll(at);
      if (count < batch.capacity) return false;
    }
    return true;
  }

  /** Polls until the stack has nothing more to send: a full batch is written and the stack asked again. */
  #poll(at: Instant): void {
    const { stack, sink, capture } = this.#parts;
    do stack.poll(at);
    while (sink.flush(capture));
    this.#schedule(stack.pollAt());
  }

  #schedule(at: Instant | undefined): void {
    clearTimeout(this.#timer);
    if (at === undefined || this.#stopped) return;
    this.#timer = setTimeout(this.#onPoll, Math.max(0, Math.ceil(at - performance.now())));
  }

  #guarded(work: () => void): void {
    if (this.#stopped) return;
    try {
      work();
    } catch (error) {
      this.stop();
      this.#parts.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function now(): Instant {
  return instant(performance.now());
}

function forEachFrame(batch: FrameBatch, count: number, each: (frame: Uint8Array) => void): void {
  for (let i = 0; i < count; i++) {
    const start = i * batch.stride;
    each(batch.bytes.subarray(start, start + (batch.lengths[i] ?? 0)));
  }
}
