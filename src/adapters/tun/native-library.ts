import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { HostError } from '../../domain/errors.ts';
import { copyByView, type CopyBytes } from '../../domain/netstack/buffer/copy-bytes.ts';
import { ThreadDoorbell, type Doorbell, type DoorbellCalls } from './doorbell.ts';
import { LoopDoorbell, type WatchCalls } from './loop-doorbell.ts';
import type { FrameBatch } from './frame-batch.ts';
import { messageBytes } from './launcher-codec.ts';

/** One received message: `bytes` is a copy; `fd` is the receiver's to close. */
export interface ReceivedMessage {
  readonly bytes: Uint8Array;
  readonly fd: number | undefined;
}

/** What Node itself can't do with descriptors: native/tun, called through one binding. Nothing of it blocks. */
export interface NativeLibrary {
  /** A SEQPACKET pair, close-on-exec; both ends are the caller's. @throws HostError `TUN_UNAVAILABLE` */
  openControlPair(): { readonly ours: number; readonly theirs: number };
  /** One message of the other side. @throws HostError `TUN_UNAVAILABLE` where it can't be received */
  receive(fd: number): ReceivedMessage | 'again' | 'closed';
  /** Sends one message, or nothing of it. @throws HostError `TUN_UNAVAILABLE` */
  send(fd: number, bytes: Uint8Array): 'sent' | 'again' | 'closed';
  /** Fills the batch from its first slot. @returns the number of frames, 0 where none is there; or a negative errno */
  readFrames(fd: number, batch: FrameBatch): number;
  /** Writes the slots `first` to `count` - 1. @returns the number taken, fewer where there is no room; or a negative errno of the first one */
  writeFrames(fd: number, batch: FrameBatch, count: number, first?: number): number;
  /** As the packet core wants it; as an addon without any garbage. */
  readonly copyBytes: CopyBytes;
  /** @param onFailure - nothing will ring any more @throws HostError `TUN_UNAVAILABLE` */
  openDoorbell(onFailure: (error: Error) => void): Doorbell;
  /** Closes a descriptor that Node doesn't know of. */
  closeDescriptor(fd: number): void;
}

/** The library's functions as either binding makes them; pointers are Buffers. */
interface CommonCalls {
  inpod_control_pair(ends: Buffer): number;
  inpod_control_receive(fd: number, bytes: Buffer, size: number, passed: Buffer): number;
  inpod_control_send(fd: number, bytes: Buffer, length: number): number;
  inpod_tun_read(fd: number, slots: Buffer, stride: number, lengths: Buffer, capacity: number): number;
  inpod_tun_write(fd: number, slots: Buffer, stride: number, lengths: Buffer, first: number, count: number): number;
  inpod_close(fd: number): number;
}

/** A call costs an addon less than a view. */
interface AddonCalls extends CommonCalls, WatchCalls {
  inpod_copy(target: Uint8Array, at: number, source: Uint8Array, from: number, end: number): void;
}

/** By ffi descriptors are waited for in a thread of the library's own; its handle is a number. */
interface FfiCalls extends CommonCalls {
  inpod_doorbell_open(handle: Buffer, ring: Buffer): number;
  inpod_doorbell_arm(handle: string, fd: number, events: number, token: number): number;
  inpod_doorbell_forget(handle: string, fd: number): number;
  inpod_doorbell_close(handle: string): number;
}

const signatures = {
  inpod_control_pair: ['int', ['pointer']],
  inpod_control_receive: ['int', ['int', 'pointer', 'uint32', 'pointer']],
  inpod_control_send: ['int', ['int', 'pointer', 'uint32']],
  inpod_tun_read: ['int', ['int', 'pointer', 'uint32', 'pointer', 'uint32']],
  inpod_tun_write: ['int', ['int', 'pointer', 'uint32', 'pointer', 'uint32', 'uint32']],
  inpod_doorbell_open: ['int', ['pointer', 'pointer']],
  inpod_doorbell_arm: ['int', ['uint64', 'int', 'uint32', 'uint32']],
  inpod_doorbell_forget: ['int', ['uint64', 'int']],
  inpod_doorbell_close: ['int', ['uint64']],
  inpod_close: ['int', ['int']],
} as const;

const again = -11; // -EAGAIN
const brokenPipe = -32; // -EPIPE
const connectionReset = -104; // -ECONNRESET

/** How the library is called: as an addon of Node's, or through ffi-napi. */
export type NativeBinding = 'addon' | 'ffi';

/**
 * Loads libinpodtun.so: as an addon; where Node doesn't take it so, through ffi-napi (60 ms).
 * @param bindings - those to try, in this order
 * @throws HostError `BINARY_MISSING` where it can't be loaded
 */
export function loadNativeLibrary(path: string, bindings: readonly NativeBinding[] = ['addon', 'ffi']): NativeLibrary {
  const causes: unknown[] = [];
  for (const binding of bindings) {
    try {
      return loaders[binding](path);
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw notLoaded(path, causes[0]);
}

const loaders: Readonly<Record<NativeBinding, (path: string) => NativeLibrary>> = {
  addon(path) {
    const addon = { exports: {} };
    process.dlopen(addon, path);
    const calls = addon.exports as AddonCalls;
    return bind(calls, () => new LoopDoorbell(calls), calls.inpod_copy);
  },
  ffi(path) {
    const ffi = createRequire(import.meta.url)('ffi-napi') as { Library: (path: string, functions: typeof signatures) => FfiCalls };
    const calls = ffi.Library(path, signatures);
    return bind(calls, (onFailure) => openDoorbell(calls, onFailure), copyByView);
  },
};

function notLoaded(path: string, cause: unknown): HostError {
  return new HostError({
    code: 'BINARY_MISSING',
    message: `the native TUN library can't be loaded: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`,
    hint: 'run `npm run build`, which compiles it (needs a C compiler)',
    details: { path },
    cause,
  });
}

function bind(calls: CommonCalls, openDoorbell: NativeLibrary['openDoorbell'], copyBytes: CopyBytes): NativeLibrary {
  const message = Buffer.alloc(messageBytes);
  const passed = Buffer.alloc(4);
  return {
    openControlPair() {
      const ends = Buffer.alloc(8);
      check('socketpair', calls.inpod_control_pair(ends));
      return { ours: ends.readInt32LE(0), theirs: ends.readInt32LE(4) };
    },
    receive(fd) {
      const got = calls.inpod_control_receive(fd, message, message.length, passed);
      if (got === again) return 'again';
      if (got === 0) return 'closed';
      check('receive', got);
      const descriptor = passed.readInt32LE(0);
      return { bytes: Uint8Array.from(message.subarray(0, got)), fd: descriptor < 0 ? undefined : descriptor };
    },
    send(fd, bytes) {
      const sent = calls.inpod_control_send(fd, asBuffer(bytes), bytes.length);
      if (sent === again) return 'again';
      if (sent === brokenPipe || sent === connectionReset) return 'closed';
      check('send', sent);
      return 'sent';
    },
    readFrames: (fd, batch) => calls.inpod_tun_read(fd, batch.bytesBuffer, batch.stride, batch.lengthsBuffer, batch.capacity),
    writeFrames: (fd, batch, count, first = 0) =>
      calls.inpod_tun_write(fd, batch.bytesBuffer, batch.stride, batch.lengthsBuffer, first, count),
    copyBytes,
    openDoorbell,
    closeDescriptor: (fd) => check('close', calls.inpod_close(fd)),
  };
}

function openDoorbell(calls: FfiCalls, onFailure: (error: Error) => void): Doorbell {
  const pointer = Buffer.alloc(8);
  const ring = Buffer.alloc(4);
  check('open a doorbell', calls.inpod_doorbell_open(pointer, ring));
  const handle = pointer.readBigUInt64LE(0).toString();
  const bound: DoorbellCalls = {
    arm: (fd, events, token) => check('arm a doorbell', calls.inpod_doorbell_arm(handle, fd, events, token)),
    forget: (fd) => check('disarm a doorbell', calls.inpod_doorbell_forget(handle, fd)),
    close: () => check('close a doorbell', calls.inpod_doorbell_close(handle)),
  };
  return new ThreadDoorbell(bound, ring.readInt32LE(0), onFailure);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function check(step: string, result: number): void {
  if (result >= 0) return;
  const errno = getSystemErrorName(result);
  throw new HostError({ code: 'TUN_UNAVAILABLE', message: `native library: ${step}: ${errno}`, details: { step, errno } });
}
