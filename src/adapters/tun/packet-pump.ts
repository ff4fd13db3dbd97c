import { performance } from 'node:perf_hooks';
import { instant, type Instant } from '../../domain/netstack/instant.ts';
import type { NetStack } from '../../domain/netstack/net-stack.ts';
import type { BatchSink } from './batch-sink.ts';
import type { FrameBatch } from './frame-batch.ts';
import type { FrameDevice } from './frame-device.ts';

const batchCapacity = 32;
/** After so many batches in one turn the loop turns once, so that the link's sockets are served as well. */
const batchesPerTurn = 4;

/** What a pump moves between. */
export interface PumpParts {
  readonly device: FrameDevice;
  readonly stack: Pick<NetStack, 'ingest' | 'poll' | 'pollAt'>;
  readonly sink: BatchSink;
  /** Sees each frame, both ways; valid during the call. */
  readonly capture?: ((frame: Uint8Array) => void) | undefined;
  /** The device failed: the tunnel is lost. */
  readonly failed: (error: Error) => void;
}

/** Moves frames between the device and the packet core, and gives the core its time. */
export class PacketPump {
  readonly #parts: PumpParts;
  readonly #readBatch: FrameBatch;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; `Infinity` where there is none. */
  #timerAt = Infinity;
  #soon: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#readBatch = parts.device.newBatch(batchCapacity);
  }

  start(): void {
    this.#parts.device.whenReady('readable', this.#onReadable);
  }

  /** Stops reading, writing and timers; the device stays open. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
  }

  /** The stack has work that no packet brings: does it once all that arrived on sockets in this turn of the loop has been looked at, so that one batch carries it. */
  readonly pollSoon = (): void => {
    if (this.#soon || this.#stopped) return;
    this.#soon = setImmediate(this.#onPoll);
  };

  /** What waits in the device comes before what time did to it: after a stop of this process all ACKs are there, and no flow has timed out. */
  readonly #onTimer = (): void => {
    this.#timerAt = Infinity;
    this.#guarded(() => {
      this.#readBatches();
      this.#poll(now());
    });
  };

  readonly #onPoll = (): void => {
    this.#soon = undefined;
    this.#guarded(() => this.#poll(now()));
  };

  readonly #onReadable = (): void => {
    this.#guarded(() => {
      if (this.#readBatches()) setImmediate(this.#onReadable);
      else this.#parts.device.whenReady('readable', this.#onReadable);
    });
  };

  /** @returns whether there may be more to read */
  #readBatches(): boolean {
    const { device, stack, capture } = this.#parts;
    const batch = this.#readBatch;
    for (let turn = 0; turn < batchesPerTurn; turn++) {
      const count = device.read(batch);
      const at = now();
      for (let i = 0; i < count; i++) {
        capture?.(batch.frame(i));
        stack.ingest(batch.slots[i] as Uint8Array, at, batch.lengths[i]);
      }
      if (count > 0) this.#poll(at);
      if (count < batch.capacity) return false;
    }
    return true;
  }

  /** Polls until the stack has nothing more to send, or the device no room. */
  #poll(at: Instant): void {
    const { stack, sink, device } = this.#parts;
    let flushed: ReturnType<BatchSink['flush']>;
    do {
      stack.poll(at);
      flushed = sink.flush();
    } while (flushed === 'written');
    if (flushed === 'blocked') device.whenReady('writable', this.#onPoll);
    this.#schedule(stack.pollAt());
  }

  /** A timer that fires too early polls for nothing, and is cheaper than a new one per batch. */
  #schedule(at: Instant | undefined): void {
    if (at === undefined || at >= this.#timerAt || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(this.#onTimer, Math.max(0, Math.ceil(at - performance.now())));
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

/** Whole milliseconds, which V8 keeps as they are: with a fraction each would be an object, and so would all that is computed from it. */
function now(): Instant {
  return instant(Math.floor(performance.now()));
}
