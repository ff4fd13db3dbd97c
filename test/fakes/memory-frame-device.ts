import { FrameBatch } from '../../src/adapters/tun/frame-batch.ts';
import { copyByView } from '../../src/domain/netstack/buffer/copy-bytes.ts';
import type { FrameDevice } from '../../src/adapters/tun/frame-device.ts';

/** A TUN whose kernel is a test: frames are texts. */
export class MemoryFrameDevice implements FrameDevice {
  /** Frames that `read` will find. */
  readonly incoming: string[] = [];
  readonly written: string[] = [];
  /** So many frames may still be written. */
  room = Infinity;
  /** Thrown by the next read or write. */
  failure: Error | undefined;
  readonly #ready = new Map<'readable' | 'writable', () => void>();

  readonly copyBytes = copyByView;

  newBatch(capacity: number): FrameBatch {
    return new FrameBatch(capacity, 64);
  }

  read(batch: FrameBatch): number {
    this.#throwFailure();
    const frames = this.incoming.splice(0, batch.capacity);
    for (const [i, frame] of frames.entries()) batch.lengths[i] = Buffer.from(frame).copy(batch.slots[i] as Uint8Array);
    return frames.length;
  }

  write(batch: FrameBatch, count: number, first: number): number {
    this.#throwFailure();
    const taken = Math.min(count - first, this.room);
    for (let i = first; i < first + taken; i++) this.written.push(Buffer.from(batch.frame(i)).toString());
    this.room -= taken;
    return taken;
  }

  whenReady(interest: 'readable' | 'writable', ready: () => void): void {
    this.#ready.set(interest, ready);
  }

  close(): void {
    this.#ready.clear();
  }

  waitsFor(interest: 'readable' | 'writable'): boolean {
    return this.#ready.has(interest);
  }

  /** Says that there is something to read, or room to write, if anybody asked. */
  tell(interest: 'readable' | 'writable'): void {
    const ready = this.#ready.get(interest);
    this.#ready.delete(interest);
    ready?.();
  }

  #throwFailure(): void {
    if (this.failure) throw this.failure;
  }
}
