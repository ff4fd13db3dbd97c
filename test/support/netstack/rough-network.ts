import { readPacket } from './raw-packet.ts';
import { RoughPath, type Roughness } from './rough-path.ts';
import type { StackHarness } from './stack-harness.ts';
import type { TcpClient } from './tcp-client.ts';

const shape = { delayMs: 1, bytesPerMs: Infinity, queueBytes: Infinity };

/** Carries packets between one client and the stack on the harness's clock, and treats them roughly. */
export class RoughNetwork {
  readonly #harness: StackHarness;
  readonly #client: TcpClient;
  readonly #toStack: RoughPath;
  readonly #toClient: RoughPath;

  constructor(harness: StackHarness, client: TcpClient, roughness: Roughness, seed: number) {
    this.#harness = harness;
    this.#client = client;
    this.#toStack = new RoughPath(shape, roughness, seed);
    this.#toClient = new RoughPath(shape, roughness, ~seed);
  }

  /** Goes from event to event until `isDone`, or `limitMs` of virtual time, or nothing is left to happen. @returns whether it was done */
  run(isDone: () => boolean, limitMs: number): boolean {
    const end = this.#harness.nowMs + limitMs;
    for (let steps = 0; steps < 200_000; steps++) {
      this.#step();
      if (isDone()) return true;
      const { stack } = this.#harness;
      const next = Math.min(this.#toStack.nextAt, this.#toClient.nextAt, this.#client.timerAt, stack.pollAt() ?? Infinity);
      if (next > end) return false;
      this.#harness.nowMs = Math.max(this.#harness.nowMs, next);
    }
    return false;
  }

  #step(): void {
    const { nowMs: now, stack, sink } = this.#harness;
    for (const frame of this.#toStack.takeDue(now)) stack.ingest(frame, this.#harness.now);
    for (const frame of this.#toClient.takeDue(now)) this.#clientSends(this.#clientTakes(frame));
    this.#clientSends(this.#client.tick(now));
    stack.poll(this.#harness.now);
    for (const frame of sink.take()) this.#toClient.send(frame, now);
  }

  #clientSends(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#toStack.send(frame, this.#harness.nowMs);
  }

  #clientTakes(frame: Uint8Array): Uint8Array[] {
    try {
      return this.#client.arrives(readPacket(frame), this.#harness.nowMs);
    } catch (error) {
      if (error instanceof RangeError) return []; // corrupted: a wrong checksum or length
      throw error;
    }
  }
}
