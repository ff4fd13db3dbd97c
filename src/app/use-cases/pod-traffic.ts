import type { ByteChannel } from '../../domain/byte-channel.ts';
import { CancelledError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import { abortable, deferred, type Deferred } from '../../domain/promises.ts';
import type { ExposedPort } from '../../domain/session/inbound-plan.ts';
import type { ProcessConnector } from './process-connector.ts';
import { relayConnection } from './relay-connection.ts';

/** Who takes a connection that came to a port of the pod. */
export type PodPortDialler = (podPort: number, signal: AbortSignal) => Promise<ByteChannel>;

/** Why one on its way to the process is called back. */
const toldToWait = new CancelledError('new connections wait');

/** Leads connections that came to the pod's exposed ports to the process; once that has ended, to who comes after it. Can hold new ones in between. */
export class PodTraffic {
  readonly #process: Pick<ProcessConnector, 'connect'>;
  readonly #clock: Pick<ClockPort, 'now'>;
  /** Ends the waits for the process, one for each connection that does. */
  readonly #waiting = new Set<() => void>();
  #successor: Promise<PodPortDialler> | undefined;
  /** New connections wait for it. */
  #gate: Deferred<void> | undefined;
  #idle: Deferred<void> | undefined;
  /** Accepted, and led to the process, or on their way there: it may have them before it is told here. */
  readonly #atProcess = new Set<ByteChannel>();
  #lastChangeAt: Instant;

  constructor(process: Pick<ProcessConnector, 'connect'>, clock: Pick<ClockPort, 'now'>) {
    this.#process = process;
    this.#clock = clock;
    this.#lastChangeAt = clock.now();
  }

  /** When a connection last came, reached who takes it, or ended; at first, when this was made. */
  get lastChangeAt(): Instant {
    return this.#lastChangeAt;
  }

  /** @param accepted - received in this turn @returns when it is closed; never rejects */
  async carry(accepted: ByteChannel, exposed: ExposedPort): Promise<void> {
    this.#noteChange();
    await relayConnection(accepted, (signal) => this.#connect(accepted, exposed, signal).finally(() => this.#noteChange()));
    this.#noteChange();
    this.#leftProcess(accepted);
  }

  /** New connections wait until `resume`, or until somebody comes after the process. @returns when the process has none any more, and none is on its way to it */
  hold(): Promise<void> {
    this.#gate ??= deferred();
    this.#idle ??= deferred();
    for (const end of this.#waiting) end();
    if (this.#atProcess.size === 0) this.#idle.resolve();
    return this.#idle.promise;
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
    this.#idle = undefined;
  }

  /** From now on connections wait for `successor`, also those that waited for the process. */
  handOver(successor: Promise<PodPortDialler>): void {
    this.#successor = successor;
    for (const end of this.#waiting) end();
    this.resume();
  }

  /** @throws as `ProcessConnector.connect`, or what the successor throws; the signal's reason */
  async #connect(accepted: ByteChannel, { localPort, podPort }: ExposedPort, signal: AbortSignal): Promise<ByteChannel> {
    for (;;) {
      while (this.#gate) await abortable(this.#gate.promise, signal);
      const successor = this.#successor;
      if (successor) return (await abortable(successor, signal))(podPort, signal);
      this.#atProcess.add(accepted);
      try {
        return await this.#connectToProcess(localPort, signal);
      } catch (error) {
        this.#leftProcess(accepted);
        const isTold = error === toldToWait || this.#successor !== undefined;
        if (signal.aborted || !isTold) throw error;
      }
    }
  }

  #noteChange(): void {
    this.#lastChangeAt = this.#clock.now();
  }

  #leftProcess(accepted: ByteChannel): void {
    if (this.#atProcess.delete(accepted) && this.#atProcess.size === 0) this.#idle?.resolve();
  }

  /** Waits until the process listens, or the caller's signal, or holding, or the handing over. */
  async #connectToProcess(localPort: number, signal: AbortSignal): Promise<ByteChannel> {
    const either = new AbortController();
    const end = (): void => either.abort(signal.aborted ? signal.reason : toldToWait);
    signal.addEventListener('abort', end, { once: true });
    this.#waiting.add(end);
    try {
      return await this.#process.connect(localPort, either.signal);
    } finally {
      signal.removeEventListener('abort', end);
      this.#waiting.delete(end);
    }
  }
}
