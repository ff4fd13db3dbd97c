import { TunnelError } from '../../domain/errors.ts';
import { parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import type { PodNameServer } from '../../domain/ports/link-port.ts';
import type { PodServices, TunnelOptions } from '../../domain/ports/tunnel-port.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import { untilReady } from './readiness.ts';
import { endedFailure } from './readiness-failures.ts';
import type { SshuttleParts } from './sshuttle-parts.ts';
import { SshuttleProcess } from './sshuttle-process.ts';

/** What is kept running. */
export interface KeeperParts extends SshuttleParts {
  readonly argv: readonly string[];
  readonly searchPath: string;
  readonly options: TunnelOptions;
  readonly pod: PodServices;
  readonly nameServer: PodNameServer;
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
  #current: SshuttleProcess;
  readonly #kept: Promise<void>;

  /** @throws TunnelError `TUNNEL_FAILED`; the signal's reason */
  static async open(parts: KeeperParts, signal: AbortSignal): Promise<SshuttleKeeper> {
    return new SshuttleKeeper(parts, await start(parts, signal));
  }

  private constructor(parts: KeeperParts, first: SshuttleProcess) {
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
    const words = String(this.#current.words);
    this.#parts.options.warn?.({
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
        this.#current = await start(this.#parts, signal);
        return undefined;
      } catch (error) {
        if (!signal.aborted && clock.now() > until) return lostForGood(error);
      }
    }
    return undefined;
  }
}

/** @returns one that is ready @throws TunnelError `TUNNEL_FAILED`, and then there is none */
async function start(parts: KeeperParts, signal: AbortSignal): Promise<SshuttleProcess> {
  signal.throwIfAborted();
  const { argv, environment, searchPath, options, pod, nameServer } = parts;
  const [address] = options.addresses.filter(({ version }) => version === 4);
  if (!address)
    throw new TunnelError({ code: 'UNSUPPORTED', message: 'sshuttle takes IPv4, which the pod has not', hint: 'use --backend tun' });
  const sshuttle = await SshuttleProcess.start(argv, { ...environment, PATH: searchPath });
  const over = new AbortController();
  void sshuttle.gone.then(() => over.abort(endedFailure(String(sshuttle.words))));
  const [domain] = parseResolvConf(options.files.resolvConf).search;
  const task = {
    pod,
    address,
    nameServer,
    domain,
    warn: (warning: Parameters<NonNullable<TunnelOptions['warn']>>[0]) => options.warn?.(warning),
    words: () => String(sshuttle.words),
  };
  try {
    await untilReady(parts, task, AbortSignal.any([signal, over.signal]));
    return sshuttle;
  } catch (error) {
    await sshuttle.end();
    throw error;
  }
}

function lostForGood(cause: unknown): TunnelError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TunnelError({ code: 'TUNNEL_LOST', message: `sshuttle can't be started again: ${why}`, cause });
}
