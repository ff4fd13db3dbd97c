import type { FrameSink } from '../stack-events.ts';
import { readU32, writeU32 } from '../wire/octets.ts';

const lengthBytes = 4;
/** In place of a length: the next frame is at the array's start. */
const wrapMark = -1;

/**
 * Whole frames that wait for the device, first in first out, in one circular array: echo replies, RSTs and ICMP of no connection, UDP.
 * A sink itself: whatever writes a frame writes here as it would to the device. Where it is full, a frame isn't taken.
 */
export class PacketPool implements FrameSink {
  readonly #bytes: Uint8Array;
  #head = 0;
  #tail = 0;
  #count = 0;

  /** @param capacityBytes - a multiple of 4; while it is empty, a frame of 4 bytes less fits */
  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether `count` frames of `sizeBytes` each would be taken, one after the other. */
  hasRoomFor(count: number, sizeBytes: number): boolean {
    const need = lengthBytes + align(sizeBytes);
    if (this.#count === 0) return this.#bytes.length >= count * need;
    if (this.#tail < this.#head) return this.#head - this.#tail > count * need;
    const beforeWrap = Math.floor((this.#bytes.length - this.#tail) / need);
    return count <= beforeWrap || this.#head > (count - beforeWrap) * need;
  }

  reserve(sizeBytes: number): Uint8Array | undefined {
    const need = lengthBytes + align(sizeBytes);
    if (!this.#makeRoom(need)) return undefined;
    const at = this.#tail + lengthBytes;
    return this.#bytes.subarray(at, at + sizeBytes);
  }

  commit(frameBytes: number): void {
    writeU32(this.#bytes, this.#tail, frameBytes);
    this.#tail += lengthBytes + align(frameBytes);
    this.#count++;
  }

  /** Moves frames to `sink` until it is full. @returns how many */
  drainTo(sink: FrameSink): number {
    let moved = 0;
    while (this.#count > 0) {
      this.#skipWrap();
      const frameBytes = readU32(this.#bytes, this.#head);
      const slot = sink.reserve(frameBytes);
      if (!slot) break;
      const from = this.#head + lengthBytes;
      slot.set(this.#bytes.subarray(from, from + frameBytes));
      sink.commit(frameBytes);
      this.#head += lengthBytes + align(frameBytes);
      this.#count--;
      moved++;
    }
    if (this.#count === 0) this.#head = this.#tail = 0;
    return moved;
  }

  clear(): void {
    this.#head = this.#tail = this.#count = 0;
  }

  /** Puts the tail where `need` bytes are free. The tail never catches up with the head: equal means empty. */
  #makeRoom(need: number): boolean {
    if (this.#count === 0) this.#head = this.#tail = 0;
    if (this.#tail < this.#head) return this.#head - this.#tail > need;
    if (this.#bytes.length - this.#tail >= need) return true;
    if (this.#count === 0 || this.#head <= need) return false;
    if (this.#bytes.length - this.#tail >= lengthBytes) writeU32(this.#bytes, this.#tail, wrapMark);
    this.#tail = 0;
    return true;
  }

  #skipWrap(): void {
    if (this.#bytes.length - this.#head < lengthBytes || readU32(this.#bytes, this.#head) === wrapMark) this.#head = 0;
  }
}

function align(count: number): number {
  return (count + 3) & ~3;
}
