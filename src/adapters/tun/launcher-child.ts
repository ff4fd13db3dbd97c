import { TunnelError, type HostError } from '../../domain/errors.ts';
import type { ChildCommand, ChildExit, TunnelChild } from '../../domain/ports/tunnel-port.ts';
import type { LauncherReply } from './launcher-codec.ts';
import { execError } from './launcher-failure.ts';

const sigkill = 9;

/** The one child of a launcher, from SPAWN to its end. */
export class LauncherChild implements TunnelChild {
  readonly exited: Promise<ChildExit>;
  /** Resolves with this child once it runs, or couldn't; rejects where the launcher died before. */
  readonly started: Promise<TunnelChild>;
  readonly #command: ChildCommand;
  readonly #signal: (signalNumber: number) => void;
  #pid = 0;
  #procError = 0;
  #settleStarted!: { resolve: (child: TunnelChild) => void; reject: (error: Error) => void };
  #settleExited!: { resolve: (exit: ChildExit) => void; reject: (error: Error) => void };

  constructor(command: ChildCommand, signal: (signalNumber: number) => void) {
    this.#command = command;
    this.#signal = signal;
    this.started = new Promise((resolve, reject) => (this.#settleStarted = { resolve, reject }));
    this.exited = new Promise((resolve, reject) => (this.#settleExited = { resolve, reject }));
    this.exited.catch(() => undefined); // whoever awaits it is told; that nobody does yet is no fault
  }

  /** 0 for a command that never started. */
  get pid(): number {
    return this.#pid;
  }

  /** errno of mounting /proc for the session; not 0: its processes see the host's list. */
  get procError(): number {
    return this.#procError;
  }

  signal(signalNumber: number): void {
    this.#signal(signalNumber);
  }

  /** What the launcher said of it. */
  heard(reply: LauncherReply): void {
    switch (reply.type) {
      case 'spawned':
        this.#pid = reply.pid;
        this.#procError = reply.procError;
        this.#settleStarted.resolve(this);
        break;
      case 'exec-failed':
        this.#settleExited.reject(execError(reply, this.#command.argv[0] ?? '', this.#command.cwd));
        this.#settleStarted.resolve(this);
        break;
      case 'exited':
        this.#settleExited.resolve(reply.signal === 0 ? { code: reply.code } : { signal: reply.signal });
        this.#settleStarted.resolve(this);
        break;
      default:
        break;
    }
  }

  /** The launcher is gone: by `error`, or closed by us, which killed the child where it still ran. */
  end(error: HostError | TunnelError | undefined): void {
    this.#settleStarted.reject(
      error ?? new TunnelError({ code: 'TUNNEL_LOST', message: 'the tunnel was closed as the command was to start' }),
    );
    if (error) this.#settleExited.reject(error);
    else this.#settleExited.resolve({ signal: sigkill });
  }
}
