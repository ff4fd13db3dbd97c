import { corruptFrame } from '../../../src/domain/netstack/device/frame-corruption.ts';

/** Chances, 0 to 1, of what happens to each frame on its way. */
export interface Roughness {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
}

/** What a path does to all frames alike. */
export interface PathShape {
  readonly delayMs: number;
  /** `Infinity`: no frame waits for another. */
  readonly bytesPerMs: number;
  /** What may wait; beyond that a frame is dropped. */
  readonly queueBytes: number;
}

export const smooth: Roughness = { loss: 0, duplicate: 0, reorder: 0, corrupt: 0 };

/** A small generator with a seed (mulberry32): numbers from 0 to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface InFlight {
  readonly at: number;
  readonly frame: Uint8Array;
}

/** One direction of a link on a virtual clock: frames go in, come out later, and not all of them, nor all once, in order or whole. */
export class RoughPath {
  /** Frames that found no place in the queue. */
  overflows = 0;
  /** Of frames that were lost: by chance, or for want of a place. */
  lostBytes = 0;
  readonly #shape: PathShape;
  readonly #roughness: Roughness;
  readonly #random: () => number;
  readonly #virtioHeader: boolean;
  /** By arrival, the next one first. */
  #inFlight: InFlight[] = [];
  #first = 0;
  /** When the last frame will have left the queue. */
  #busyUntil = 0;

  /** @param virtioHeader - frames begin with one */
  constructor(shape: PathShape, roughness: Roughness, seed: number, virtioHeader = false) {
    this.#shape = shape;
    this.#roughness = roughness;
    this.#random = seededRandom(seed);
    this.#virtioHeader = virtioHeader;
  }

  /** When the next frame comes out; `Infinity` for never. */
  get nextAt(): number {
    return this.#inFlight[this.#first]?.at ?? Infinity;
  }

  /** Takes `frame`, which nobody writes to any more. */
  send(frame: Uint8Array, now: number): void {
    const { loss, duplicate, reorder, corrupt } = this.#roughness;
    for (let copies = this.#random() < duplicate ? 2 : 1; copies > 0; copies--) {
      const leavesAt = this.#enqueue(frame.length, now);
      if (leavesAt === undefined || this.#random() < loss) {
        this.lostBytes += frame.length;
        continue;
      }
      const taken = this.#random() < corrupt ? this.#corrupted(frame) : frame;
      this.#insert(leavesAt + this.#shape.delayMs + (this.#random() < reorder ? this.#random() * 20 : 0), taken);
    }
  }

  /** The frames that have come out by `now`. */
  takeDue(now: number): Uint8Array[] {
    const due: Uint8Array[] = [];
    for (let next = this.#inFlight[this.#first]; next && next.at <= now; next = this.#inFlight[++this.#first]) due.push(next.frame);
    if (this.#first > 1024 || this.#first === this.#inFlight.length) {
      this.#inFlight = this.#inFlight.slice(this.#first);
      this.#first = 0;
    }
    return due;
  }

  #enqueue(byteCount: number, now: number): number | undefined {
    const { bytesPerMs, queueBytes } = this.#shape;
    const from = Math.max(now, this.#busyUntil);
    if ((from - now) * bytesPerMs + byteCount > queueBytes) {
      this.overflows++;
      return undefined;
    }
    this.#busyUntil = from + byteCount / bytesPerMs;
    return this.#busyUntil;
  }

  #insert(at: number, frame: Uint8Array): void {
    let index = this.#inFlight.length;
    while (index > this.#first && (this.#inFlight[index - 1] as InFlight).at > at) index--;
    if (index === this.#inFlight.length) this.#inFlight.push({ at, frame });
    else this.#inFlight.splice(index, 0, { at, frame });
  }

  #corrupted(frame: Uint8Array): Uint8Array {
    const copy = frame.slice();
    corruptFrame(copy, this.#virtioHeader, this.#random);
    return copy;
  }
}
