import { InvariantError } from '../../domain/errors.ts';
import type { Doorbell, DoorbellWatch } from './doorbell.ts';
import { decodeReply, encodeRequest, type LauncherReply, type LauncherRequest } from './launcher-codec.ts';
import type { NativeLibrary } from './native-library.ts';

/** Who is told what the launcher says. */
export interface LauncherListener {
  /** @param fd - passed with the reply: the listener's to close */
  onReply(reply: LauncherReply, fd: number | undefined): void;
  /** The other side closed, or the socket broke (`error`). Once, and not after `close`. */
  onClosed(error?: Error): void;
}

/** Node's end of the control socket: whole messages, in order, without ever blocking. */
export class LauncherControl {
  readonly #library: NativeLibrary;
  readonly #fd: number;
  readonly #listener: LauncherListener;
  readonly #watch: DoorbellWatch;
  readonly #unsent: Uint8Array[] = [];
  #isOpen = true;

  /** @param fd - the control's from now on */
  constructor(library: NativeLibrary, doorbell: Doorbell, fd: number, listener: LauncherListener) {
    this.#library = library;
    this.#fd = fd;
    this.#listener = listener;
    this.#watch = doorbell.watch(fd, () => this.#serve());
    this.#watch.arm();
  }

  /** Sends at once, or as soon as there is room; nothing after the end. */
  send(request: LauncherRequest): void {
    if (!this.#isOpen) return;
    this.#unsent.push(encodeRequest(request));
    if (this.#unsent.length === 1) this.#guard(() => this.#flush());
  }

  /** Closes the socket: the launcher then ends everything. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#unsent.length = 0;
    this.#watch.close();
    this.#library.closeDescriptor(this.#fd);
  }

  #serve(): void {
    this.#guard(() => {
      this.#receive();
      this.#flush();
    });
  }

  /** Does `step`, then waits for what is next. */
  #guard(step: () => void): void {
    try {
      step();
      if (this.#isOpen) this.#watch.arm(this.#unsent.length > 0 ? 'both' : 'readable');
    } catch (error) {
      this.#end(error instanceof Error ? error : new InvariantError('control socket', {}, error));
    }
  }

  #flush(): void {
    while (this.#isOpen) {
      const next = this.#unsent[0];
      if (!next || this.#library.send(this.#fd, next) !== 'sent') return; // a closed socket is noticed by receiving
      this.#unsent.shift();
    }
  }

  #receive(): void {
    while (this.#isOpen) {
      const received = this.#library.receive(this.#fd);
      if (received === 'again') return;
      if (received === 'closed') return this.#end();
      const reply = decodeReply(received.bytes);
      if (reply) this.#listener.onReply(reply, received.fd);
      else this.#refuse(received.fd);
    }
  }

  #refuse(fd: number | undefined): void {
    if (fd !== undefined) this.#library.closeDescriptor(fd);
    this.#end(new InvariantError('the launcher sent a message that is none'));
  }

  #end(error?: Error): void {
    if (!this.#isOpen) return;
    this.close();
    this.#listener.onClosed(error);
  }
}
