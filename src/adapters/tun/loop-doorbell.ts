import { eventBits, type Doorbell, type DoorbellWatch } from './doorbell.ts';

/** One descriptor in Node's own loop, as the addon makes it: an opaque handle. */
type WatchHandle = object;

/** The addon's functions for waiting. */
export interface WatchCalls {
  /** `listener` is called once for each arming. */
  inpod_watch_open(fd: number, listener: () => void): WatchHandle;
  inpod_watch_arm(handle: WatchHandle, events: number): number;
  /** Nothing may be called with the handle afterwards. */
  inpod_watch_close(handle: WatchHandle): number;
}

/** A doorbell without a thread: Node's own loop waits for the descriptors (libuv's poll handles). */
export class LoopDoorbell implements Doorbell {
  readonly #calls: WatchCalls;
  readonly #open = new Set<WatchHandle>();

  constructor(calls: WatchCalls) {
    this.#calls = calls;
  }

  watch(fd: number, listener: () => void): DoorbellWatch {
    const handle = this.#calls.inpod_watch_open(fd, listener);
    this.#open.add(handle);
    return {
      arm: (interest = 'readable') => {
        if (this.#open.has(handle)) this.#calls.inpod_watch_arm(handle, eventBits[interest]);
      },
      close: () => this.#close(handle),
    };
  }

  close(): void {
    for (const handle of this.#open) this.#close(handle);
  }

  #close(handle: WatchHandle): void {
    if (this.#open.delete(handle)) this.#calls.inpod_watch_close(handle);
  }
}
