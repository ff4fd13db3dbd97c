import { readPacket } from './raw-packet.ts';
import type { StackHarness } from './stack-harness.ts';
import type { TcpClient } from './tcp-client.ts';

/** Chances, 0 to 1, of what happens to each packet on its way. */
export interface Roughness {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
}

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
  readonly toStack: boolean;
  readonly frame: Uint8Array;
}

/** Carries packets between one client and the stack on the harness's clock, and treats them roughly. */
export class RoughNetwork {
  readonly #harness: StackHarness;
  readonly #client: TcpClient;
  readonly #roughness: Roughness;
  readonly #random: () => number;
  #inFlight: InFlight[] = [];

  constructor(harness: StackHarness, client: TcpClient, roughness: Roughness, seed: number) {
    this.#harness = harness;
    this.#client = client;
    this.#roughness = roughness;
    this.#random = seededRandom(seed);
  }

  /** Goes from event to event until `isDone`, or `limitMs` of virtual time, or nothing is left to happen. @returns whether it was done */
  run(isDone: () => boolean, limitMs: number): boolean {
    const end = this.#harness.nowMs + limitMs;
    for (let steps = 0; steps < 200_000; steps++) {
      this.#step();
      if (isDone()) return true;
      const next = Math.min(this.#inFlight[0]?.at ?? Infinity, this.#client.timerAt, this.#harness.stack.pollAt() ?? Infinity);
      if (next > end) return false;
      this.#harness.nowMs = Math.max(this.#harness.nowMs, next);
    }
    return false;
  }

  #step(): void {
    const now = this.#harness.nowMs;
    const due = this.#inFlight.filter((packet) => packet.at <= now);
    this.#inFlight = this.#inFlight.filter((packet) => packet.at > now);
    for (const { toStack, frame } of due) {
      if (toStack) this.#harness.stack.ingest(frame, this.#harness.now);
      else this.#send(true, this.#clientTakes(frame));
    }
    this.#send(true, this.#client.tick(now));
    this.#harness.stack.poll(this.#harness.now);
    this.#send(false, this.#harness.sink.take());
  }

  #clientTakes(frame: Uint8Array): Uint8Array[] {
    try {
      return this.#client.arrives(readPacket(frame), this.#harness.nowMs);
    } catch (error) {
      if (error instanceof RangeError) return []; // corrupted: a wrong checksum or length
      throw error;
    }
  }

  #send(toStack: boolean, frames: readonly Uint8Array[]): void {
    const { loss, duplicate, reorder, corrupt } = this.#roughness;
    for (const frame of frames) {
      for (let copies = this.#random() < duplicate ? 2 : 1; copies > 0; copies--) {
        if (this.#random() < loss) continue;
        const delayMs = 1 + (this.#random() < reorder ? this.#random() * 20 : 0);
        const copy = frame.slice();
        if (this.#random() < corrupt) {
          const at = Math.floor(this.#random() * copy.length);
          copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(this.#random() * 8));
        }
        this.#inFlight.push({ at: this.#harness.nowMs + delayMs, toStack, frame: copy });
      }
    }
    this.#inFlight.sort((a, b) => a.at - b.at);
  }
}
