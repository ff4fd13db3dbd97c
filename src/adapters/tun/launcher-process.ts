import { spawn, type ChildProcess } from 'node:child_process';
import { CancelledError, HostError, TunnelError } from '../../domain/errors.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ChildCommand, InheritedDescriptors, TunnelChild } from '../../domain/ports/tunnel-port.ts';
import type { Doorbell } from './doorbell.ts';
import { LauncherChild } from './launcher-child.ts';
import type { LauncherReply } from './launcher-codec.ts';
import { LauncherControl } from './launcher-control.ts';
import { setupError } from './launcher-failure.ts';
import { configureRequests, spawnRequests, type LauncherConfiguration } from './launcher-requests.ts';
import { LauncherSockets } from './launcher-sockets.ts';
import type { NativeLibrary } from './native-library.ts';

/** What `LauncherProcess.open` needs. */
export interface LauncherOptions {
  /** Path of the launcher's executable. */
  readonly launcherPath: string;
  readonly library: NativeLibrary;
  /** Outlives the process. */
  readonly doorbell: Doorbell;
  readonly inherited: InheritedDescriptors;
  /** Without it the child is supervised where we are, in no environment of its own. */
  readonly configuration?: LauncherConfiguration;
}

/** What the launcher made. */
export interface LauncherFacts extends Omit<Extract<LauncherReply, { type: 'ready' }>, 'type'> {
  /** The TUN, non-blocking: the caller's to close, by `NativeLibrary.closeDescriptor`. -1 where no environment was asked for. */
  readonly tunFd: number;
}

/** How long the launcher may take to end all descendants, before it is killed itself. */
const closeTimeoutMs = 4000;

/**
 * The launcher: a process of this process group that holds the session's namespaces and supervises the child.
 * It ends with its control socket, however that closes, and everything of the session with it.
 */
export class LauncherProcess {
  /** Settles when the launcher is gone: `undefined` after `close`. Never rejects. */
  readonly lost: Promise<Error | undefined>;
  readonly #process: ChildProcess;
  readonly #control: LauncherControl;
  readonly #sockets: LauncherSockets;
  readonly #descriptors: readonly number[];
  readonly #ended: Promise<void>;
  readonly #ready: Promise<LauncherFacts>;
  #settleReady!: { resolve: (facts: LauncherFacts) => void; reject: (error: Error) => void };
  #settleLost!: (error: Error | undefined) => void;
  #child: LauncherChild | undefined;
  #isClosing = false;
  /** Why nothing more will be heard. */
  #gone: HostError | TunnelError | undefined;
  #facts: LauncherFacts | undefined;

  /**
   * Starts a launcher and has it make the environment.
   * @throws HostError `NAMESPACES_FORBIDDEN`, `TUN_UNAVAILABLE`, `BINARY_MISSING`; CancelledError. Nothing is left then
   */
  static async open(options: LauncherOptions, signal: AbortSignal): Promise<LauncherProcess> {
    if (signal.aborted) throw new CancelledError('cancelled', signal.reason);
    const launcher = new LauncherProcess(options);
    const abort = (): void => launcher.#settleReady.reject(new CancelledError('cancelled', signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    try {
      for (const request of options.configuration ? configureRequests(options.configuration) : []) launcher.#control.send(request);
      await launcher.#ready;
      return launcher;
    } catch (error) {
      await launcher.close();
      if (launcher.#facts && launcher.#facts.tunFd >= 0) options.library.closeDescriptor(launcher.#facts.tunFd);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(options: LauncherOptions) {
    const { ours, theirs } = options.library.openControlPair();
    this.#descriptors = [...new Set(options.inherited)].filter((fd) => fd > 2);
    this.#ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    this.#ready.catch(() => undefined); // `open` reports it
    this.lost = new Promise((resolve) => (this.#settleLost = resolve));
    this.#control = new LauncherControl(options.library, options.doorbell, ours, {
      onReply: (reply, fd) => this.#heard(reply, fd),
      onClosed: (error) => this.#lose(error),
    });
    this.#sockets = new LauncherSockets(this.#control);
    this.#process = start(options, this.#descriptors, theirs);
    options.library.closeDescriptor(theirs);
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()).once('error', () => resolve()));
    this.#process.once('error', (cause) => this.#lose(notStarted(options.launcherPath, cause)));
  }

  /** What was made. */
  get facts(): LauncherFacts {
    if (!this.#facts) throw new TunnelError({ code: 'TUNNEL_LOST', message: 'the launcher is not ready' });
    return this.#facts;
  }

  /** Of a process in the namespaces. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /**
   * Runs the command, once. A program that can't be executed is a child whose `exited` rejects, with pid 0.
   * @throws TunnelError `TUNNEL_LOST` where the launcher is gone
   */
  async spawn(command: ChildCommand): Promise<TunnelChild> {
    if (this.#child) throw new TunnelError({ code: 'UNSUPPORTED', message: 'a tunnel runs one command' });
    if (this.#gone) throw this.#gone;
    this.#child = new LauncherChild(command, (number) => this.signal(number));
    for (const request of spawnRequests(command, this.#descriptors)) this.#control.send(request);
    return this.#child.started;
  }

  /** Passes a signal on to the child, unless the whole process group got it. */
  signal(number: number): void {
    this.#control.send({ type: 'signal', number });
  }

  /** A listening socket of the namespace, for `server.listen({ fd })`. @throws ErrnoError; TunnelError `TUNNEL_LOST` */
  listen(address: IpAddress, port: number): Promise<number> {
    return this.#sockets.ask('listen', address, port);
  }

  /** A connected socket of the namespace, for `new Socket({ fd })`. @throws ErrnoError; TunnelError `TUNNEL_LOST` */
  connect(address: IpAddress, port: number): Promise<number> {
    return this.#sockets.ask('connect', address, port);
  }

  /** Ends the child and all descendants; settles when they are gone. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#control.close();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), closeTimeoutMs);
    await this.#ended;
    clearTimeout(timer);
    this.#finish(undefined);
  }

  #heard(reply: LauncherReply, fd: number | undefined): void {
    if (reply.type === 'socket') this.#sockets.answer(reply, fd);
    else if (reply.type === 'ready') this.#becomeReady(reply, fd ?? -1);
    else if (reply.type === 'failed') this.#settleReady.reject(setupError(reply));
    else this.#child?.heard(reply);
  }

  #becomeReady(reply: Extract<LauncherReply, { type: 'ready' }>, tunFd: number): void {
    const { type: _, ...facts } = reply;
    this.#facts = { ...facts, tunFd };
    this.#settleReady.resolve(this.#facts);
  }

  #lose(cause: Error | undefined): void {
    this.#control.close();
    if (this.#isClosing) return;
    this.#finish(cause instanceof HostError ? cause : lostError(cause));
  }

  /** Nothing more will be heard: settles all that waits. */
  #finish(error: HostError | TunnelError | undefined): void {
    const reason = error ?? lostError();
    this.#gone = reason;
    this.#settleReady.reject(reason);
    this.#sockets.fail(reason);
    this.#child?.end(error);
    this.#settleLost(error);
  }
}

/** The launcher gets its control socket above all that the child inherits, and nothing of our environment, which might change what it loads. */
function start({ launcherPath, configuration }: LauncherOptions, descriptors: readonly number[], control: number): ChildProcess {
  const position = Math.max(2, ...descriptors) + 1;
  const stdio = Array.from({ length: position + 1 }, (_, fd) => {
    if (fd === position) return control;
    return fd <= 2 || descriptors.includes(fd) ? fd : ('ignore' as const);
  });
  return spawn(launcherPath, [configuration ? '--control' : '--supervise', String(position)], { stdio, env: {}, detached: false });
}

function lostError(cause?: Error): TunnelError {
  return new TunnelError({ code: 'TUNNEL_LOST', message: 'the launcher, which supervises the command, is gone', cause });
}

function notStarted(path: string, cause: NodeJS.ErrnoException): HostError {
  const hint = 'run `npm run build`, which compiles it (needs a C compiler)';
  return new HostError({
    code: 'BINARY_MISSING',
    message: `the launcher can't be started: ${cause.code ?? cause.message}`,
    hint,
    details: { path },
    cause,
  });
}
