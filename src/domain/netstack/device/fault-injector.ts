import type { Instant } from '../instant.ts';
import type { FrameSink } from '../stack-events.ts';
import { corruptFrame } from './frame-corruption.ts';

/** What happens to each frame on its way: chances from 0 to 1, and times in milliseconds. */
export interface FrameFaults {
  /** Chance that it never arrives. */
  readonly loss: number;
  /** Chance that a copy of it follows, up to `reorderingMs` later. */
  readonly duplication: number;
  /** Chance that it is up to `reorderingMs` later, so that others overtake it. */
  readonly reordering: number;
  /** Chance that one bit of it is flipped, where its receiver verifies checksums. */
  readonly corruption: number;
  /** All frames are so late, in their order. */
  readonly delayMs: number;
  readonly reorderingMs: number;
}

export const noFaults: FrameFaults = { loss: 0, duplication: 0, reordering: 0, corruption: 0, delayMs: 0, reorderingMs: 0 };

export interface FaultInjectorOptions {
  /** Where frames go. While it is full they are held; only a fault loses one. */
  readonly sink: FrameSink;
  /** Frames begin with a virtio header. */
  readonly virtioHeader: boolean;
  readonly now: () => Instant;
  /** A number from 0 to below 1; with a seed, the same frames at the same times meet the same faults. */
  readonly random: () => number;
  readonly faults?: FrameFaults;
  /** Frames held at once; then it is full. 4096 by default: 64 KiB each, at worst 256 MiB. */
  readonly maxHeldFrames?: number;
}

interface HeldFrame {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * A path that treats frames badly, one way: put round the sink that a stack emits into, or before what ingests. For simulations and tests of real
 * devices alike: time and chance are passed in. It copies each frame that it holds, so it isn't for a path that must be fast.
 * Frames leave as they are committed, where they are due, else by `poll`.
 */
export class FaultInjector implements FrameSink {
  /** Takes effect for frames committed from then on. */
  faults: FrameFaults;
  /** How often each happened. */
  readonly injected = { loss: 0, duplication: 0, reordering: 0, corruption: 0 };
  readonly #options: FaultInjectorOptions;
  readonly #maxHeld: number;
  /** By time; of the same time, first come first. */
  readonly #held: HeldFrame[] = [];
  #slot = new Uint8Array(0);

  constructor(options: FaultInjectorOptions) {
    this.#options = options;
    this.faults = options.faults ?? noFaults;
    this.#maxHeld = options.maxHeldFrames ?? 4096;
  }

  reserve(sizeBytes: number): Uint8Array | undefined {
    if (this.#held.length >= this.#maxHeld) return undefined;
    if (this.#slot.length < sizeBytes) this.#slot = new Uint8Array(sizeBytes);
    return this.#slot;
  }

  commit(lengthBytes: number): void {
    const due = this.#options.now() + this.faults.delayMs;
    const isDoubled = this.#happens('duplication');
    if (!this.#happens('loss')) this.#hold(lengthBytes, due + this.#lateness());
    if (isDoubled) this.#hold(lengthBytes, due + this.#overtakenMs());
    this.poll();
  }

  /** Lets go of the frames that are due, until the sink is full. */
  poll(): void {
    const now = this.#options.now();
    const { sink } = this.#options;
    let count = 0;
    for (let frame = this.#held[0]; frame && frame.at <= now; frame = this.#held[count]) {
      const slot = sink.reserve(frame.bytes.length);
      if (!slot) break;
      slot.set(frame.bytes);
      sink.commit(frame.bytes.length);
      count++;
    }
    this.#held.splice(0, count);
  }

  /** When the first frame is due; in the past where the sink was full. `undefined`: none is held. */
  pollAt(): Instant | undefined {
    return this.#held[0]?.at as Instant | undefined;
  }

  #hold(lengthBytes: number, at: number): void {
    const bytes = this.#slot.slice(0, lengthBytes);
    if (this.#happens('corruption')) corruptFrame(bytes, this.#options.virtioHeader, this.#options.random);
    let index = this.#held.length;
    while (index > 0 && (this.#held[index - 1] as HeldFrame).at > at) index--;
    this.#held.splice(index, 0, { at, bytes });
  }

  #lateness(): number {
    return this.#happens('reordering') ? this.#overtakenMs() : 0;
  }

  #overtakenMs(): number {
    return this.#options.random() * this.faults.reorderingMs;
  }

  /** A fault that is off takes no chance, so that others happen as they would without it. */
  #happens(fault: keyof FaultInjector['injected']): boolean {
    const chance = this.faults[fault];
    if (chance <= 0 || this.#options.random() >= chance) return false;
    this.injected[fault]++;
    return true;
  }
}
