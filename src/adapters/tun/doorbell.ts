import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { InvariantError } from '../../domain/errors.ts';

/** What is waited for; a failed descriptor rings for either. */
export type Interest = 'readable' | 'writable' | 'both';

/** The native half of one doorbell. */
export interface DoorbellCalls {
  arm(fd: number, events: number, token: number): void;
  forget(fd: number): void;
  /** Joins the native thread. */
  close(): void;
}

/** One watched descriptor. */
export interface DoorbellWatch {
  /** Asks for one ring, when the descriptor is ready; arming again replaces what was asked. */
  arm(interest?: Interest): void;
  /** Ends the watch; before the descriptor is closed. Idempotent. */
  close(): void;
}

/** Tells when descriptors that Node can't wait for (a TUN, a SEQPACKET socket) are ready. */
export interface Doorbell {
  /** Starts a watch of `fd`, not armed yet. A listener may be called once too often: what it then reads says "again". @throws InvariantError for more than 255 at once */
  watch(fd: number, listener: () => void): DoorbellWatch;
  /** Ends all watches. Idempotent. */
  close(): void;
}

/** The native library's numbers of what is waited for. */
export const eventBits = { readable: 1, writable: 2, both: 3 } as const;
const mostWatches = 255;

/** A doorbell of ffi's: a native thread waits and writes the watch's token into a pipe, which Node reads. */
export class ThreadDoorbell implements Doorbell {
  readonly #calls: DoorbellCalls;
  readonly #listeners = new Map<number, () => void>();
  readonly #armed = new Set<number>();
  readonly #ring: Socket;
  #closed = false;

  /** @param ring - the pipe's read end, which is the doorbell's from now on @param onFailure - the pipe broke */
  constructor(calls: DoorbellCalls, ring: number, onFailure: (error: Error) => void) {
    this.#calls = calls;
    const onread: OnReadOpts = { buffer: new Uint8Array(256), callback: (count, tokens) => this.#heard(tokens.subarray(0, count)) };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { fd: ring, readable: true, writable: false, onread };
    this.#ring = new Socket(options);
    this.#ring.on('error', onFailure);
    this.#ring.resume();
  }

  watch(fd: number, listener: () => void): DoorbellWatch {
    const token = this.#freeToken();
    this.#listeners.set(token, listener);
    let isOpen = true;
    return {
      arm: (interest = 'readable') => {
        if (!isOpen || this.#closed) return;
        this.#calls.arm(fd, eventBits[interest], token);
        this.#armed.add(token);
      },
      close: () => {
        if (!isOpen || this.#closed) return;
        isOpen = false;
        this.#listeners.delete(token);
        if (this.#armed.delete(token)) this.#calls.forget(fd);
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    this.#calls.close();
    this.#ring.destroy();
  }

  #heard(tokens: Uint8Array): boolean {
    for (const token of tokens) this.#listeners.get(token)?.();
    return true;
  }

  #freeToken(): number {
    for (let token = 0; token < mostWatches; token++) if (!this.#listeners.has(token)) return token;
    throw new InvariantError(`more than ${mostWatches} descriptors are watched at once`);
  }
}
