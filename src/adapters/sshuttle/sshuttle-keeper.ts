import { TunnelError } from '../../domain/errors.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { TunnelWarning } from '../../domain/ports/tunnel-port.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import type { SshuttleRun } from './sshuttle-run.ts';

/** What is kept running. */
export interface KeeperParts {
  readonly clock: ClockPort;
  /** @returns one that is ready @throws AppError, and then there is none; the signal's reason */
  readonly start: (signal: AbortSignal) => Promise<Pick<SshuttleRun, 'gone' | 'words' | 'end'>>;
  readonly warn: (warning: TunnelWarning) => void;
}

/** sshuttle ends with the path to the pod, which is dialled again: so long it is started again. */
const againLimitMs = 300_000;
const firstPauseMs = 500;
const longestPauseMs = 5000;

/** An sshuttle that is started again when it ends; while it is away, what is the cluster's can't be reached. */
export class SshuttleKeeper {
  readonly #parts: KeeperParts;
  readonly #ending = new AbortController();
  readonly #lost = deferred<Error | undefined>();
  /** Settles when it can't be kept running: `undefined` after `close`. Never rejects. */
  readonly lost = this.#lost.promise;
  #current: Awaited<ReturnType<KeeperParts['start']>>;
  readonly #kept: Promise<void>;

  /** @throws what `start` throws */
  static async open(parts: KeeperParts, signal: AbortSignal): Promise<SshuttleKeeper> {
    return new SshuttleKeeper(parts, await parts.start(signal));
  }

  private constructor(parts: KeeperParts, first: Awaited<ReturnType<KeeperParts['start']>>) {
    this.#parts = parts;
    this.#current = first;
    this.#kept = this.#keep();
  }

  /** @throws TunnelError `TUNNEL_LOST` where it doesn't end */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#lost.resolve(undefined);
    await this.#kept;
    await this.#current.end();
  }

  /** Until the end, of whose `#current` is to be ended then. */
  async #keep(): Promise<void> {
    const signal = this.#ending.signal;
    while (!signal.aborted) {
      await abortable(this.#current.gone, signal).catch(() => undefined);
      if (signal.aborted) return;
      const failure = (await this.#ended()) ?? (await this.#startAgain());
      if (failure) return this.#lost.resolve(failure);
    }
  }

  /** sshuttle has ended; the shell that started it hasn't. @returns why it can't be ended */
  async #ended(): Promise<Error | undefined> {
    const { words } = this.#current;
    this.#parts.warn({
      code: 'TUNNEL_LOST',
      message: `sshuttle ended, and is started again${words === '' ? '' : `; it said: ${words}`}`,
      hint: 'until it is back, the cluster is not reached from this machine',
    });
    return this.#current.end().then(() => undefined, lostForGood);
  }

  /** @returns why it can't be, unless it is to end */
  async #startAgain(): Promise<Error | undefined> {
    const { clock } = this.#parts;
    const signal = this.#ending.signal;
    const until = clock.now() + againLimitMs;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await clock.sleep(pauseMs, signal);
        this.#current = await this.#parts.start(signal);
        return undefined;
      } catch (error) {
        if (!signal.aborted && clock.now() > until) return lostForGood(error);
      }
    }
    return undefined;
  }
}

function lostForGood(cause: unknown): TunnelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TunnelError({ code: 'TUNNEL_LOST', message: `sshuttle can't be started again: ${why}`, cause });
}
