import { getSystemErrorName } from 'node:util';
import { TunnelError } from '../../domain/errors.ts';
import type { Doorbell, DoorbellWatch } from './doorbell.ts';
import type { CopyBytes } from '../../domain/netstack/buffer/copy-bytes.ts';
import { FrameBatch } from './frame-batch.ts';
import type { NativeLibrary } from './native-library.ts';

/** A TUN device as the pump uses it. */
export interface FrameDevice {
  newBatch(capacity: number): FrameBatch;
  /** How whoever fills a batch copies into it. */
  readonly copyBytes: CopyBytes;
  /** Fills `batch` with what is there, without waiting. @returns the number of frames; 0 where there is none. @throws TunnelError `TUNNEL_LOST` */
  read(batch: FrameBatch): number;
  /** Writes the frames of the slots `first` to `count` - 1. @returns how many are done with; fewer where there is no room. @throws TunnelError `TUNNEL_LOST` */
  write(batch: FrameBatch, count: number, first: number): number;
  /** Calls `ready` once, in a later turn, when there is something to read, or room to write. */
  whenReady(interest: 'readable' | 'writable', ready: () => void): void;
  /** Idempotent; takes the device away from whoever holds the other end only when all its descriptors are closed. */
  close(): void;
}

/** The launcher's TUN, through the native library. Owns the descriptor. */
export class NativeFrameDevice implements FrameDevice {
  readonly #native: NativeLibrary;
  readonly #fd: number;
  readonly #refused: () => void;
  readonly #watch: DoorbellWatch;
  readonly #ready: { readable: (() => void) | undefined; writable: (() => void) | undefined } = {
    readable: undefined,
    writable: undefined,
  };
  #closed = false;

  /** @param refused - told of each frame that the kernel takes for nonsense: it is lost, and the tunnel goes on */
  constructor(native: NativeLibrary, doorbell: Doorbell, fd: number, refused: () => void) {
    this.#native = native;
    this.#fd = fd;
    this.#refused = refused;
    this.#watch = doorbell.watch(fd, () => this.#rang());
  }

  get copyBytes(): CopyBytes {
    return this.#native.copyBytes;
  }

  newBatch(capacity: number): FrameBatch {
    return new FrameBatch(capacity);
  }

  read(batch: FrameBatch): number {
    return checked('read', this.#native.readFrames(this.#fd, batch));
  }

  write(batch: FrameBatch, count: number, first: number): number {
    const result = this.#native.writeFrames(this.#fd, batch, count, first);
    if (result !== invalidFrame) return checked('write', result);
    this.#refused();
    return 1;
  }

  whenReady(interest: 'readable' | 'writable', ready: () => void): void {
    this.#ready[interest] = ready;
    this.#arm();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    this.#native.closeDescriptor(this.#fd);
  }

  /** Which of the two rang isn't told: both are called, and ask again if it wasn't theirs. */
  #rang(): void {
    const { readable, writable } = this.#ready;
    this.#ready.readable = undefined;
    this.#ready.writable = undefined;
    readable?.();
    writable?.();
  }

  #arm(): void {
    const { readable, writable } = this.#ready;
    if (readable && writable) this.#watch.arm('both');
    else if (readable || writable) this.#watch.arm(readable ? 'readable' : 'writable');
  }
}

const invalidFrame = -22; // -EINVAL
/** It will take them a moment later. */
const noRoom = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM']);

function checked(step: string, result: number): number {
  if (result >= 0) return result;
  const errno = getSystemErrorName(result);
  if (noRoom.has(errno)) return 0;
  throw new TunnelError({
    code: 'TUNNEL_LOST',
    message: `the tunnel device can't be used any more: ${step}: ${errno}`,
    details: { step, errno },
  });
}
