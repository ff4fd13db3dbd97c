import { ErrnoError, toErrnoName } from '../../domain/errno-error.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { LauncherReply } from './launcher-codec.ts';
import type { LauncherControl } from './launcher-control.ts';
import { errnoText } from './launcher-failure.ts';

interface Asked {
  readonly what: string;
  readonly resolve: (fd: number) => void;
  readonly reject: (error: Error) => void;
}

/** Requests for sockets of the namespace, and their answers. */
export class LauncherSockets {
  readonly #control: LauncherControl;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #failure: Error | undefined;

  constructor(control: LauncherControl) {
    this.#control = control;
  }

  /** @returns a descriptor, the caller's @throws ErrnoError as the namespace's kernel said; TunnelError `TUNNEL_LOST` */
  ask(type: 'listen' | 'connect', address: IpAddress, port: number): Promise<number> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = (this.#lastId = (this.#lastId + 1) >>> 0);
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { what: `${type} ${address.toString()} port ${port}`, resolve, reject });
      this.#control.send({ type, id, address, port });
    });
  }

  /** The launcher's answer. */
  answer(reply: Extract<LauncherReply, { type: 'socket' }>, fd: number | undefined): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if (!asked) return;
    if (fd !== undefined) asked.resolve(fd);
    else asked.reject(new ErrnoError(toErrnoName(errnoText(reply.error)), `${asked.what}: ${errnoText(reply.error)}`));
  }

  /** No answer will come any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const asked of this.#asked.values()) asked.reject(error);
    this.#asked.clear();
  }
}
