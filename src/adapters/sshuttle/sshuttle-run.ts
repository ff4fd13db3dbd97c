import { ErrnoError } from '../../domain/errno-error.ts';
import { HostError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { TunnelWarning } from '../../domain/ports/tunnel-port.ts';
import { deferred } from '../../domain/promises.ts';
import type { MachineChange, MachineChanges } from '../../domain/session/machine-change.ts';
import { endedFailure } from './readiness-failures.ts';
import { rulesOfListener } from './rules-removal.ts';
import type { SshuttleProcess } from './sshuttle-process.ts';
import type { SshuttleRules } from './sshuttle-rules.ts';

/** What of a process a run needs. */
export type RunningProcess = Pick<SshuttleProcess, 'pid' | 'gone' | 'end' | 'leaveRulesTo' | 'mayHaveLeftRules'> & {
  readonly words: { toString(): string };
};

/** What a run that gets ready tells. */
export interface Starting {
  /** Resolves when it has the rights that it needs, and its ssh came. */
  readonly begun: Promise<void>;
  /** What it said so far. */
  readonly words: () => string;
}

/** What each run of an sshuttle is made with. */
export interface RunParts {
  readonly method: MachineChange['method'];
  readonly changes: MachineChanges;
  readonly rules: Pick<SshuttleRules, 'undo' | 'scriptOf'>;
  readonly launch: () => Promise<RunningProcess>;
  /** TCP sockets on which a process, or what came of it, listens. */
  readonly listeningOf: (pid: number) => Promise<readonly Endpoint[]>;
  /** From now on ssh gets through to the pod when `admitted` resolves; where it rejects, that connection is reset. */
  readonly guardWay: (admitted: () => Promise<void>) => void;
  /** @throws TunnelError `TUNNEL_FAILED`; the signal's reason */
  readonly untilReady: (starting: Starting, signal: AbortSignal) => Promise<void>;
  readonly warn: (warning: TunnelWarning) => void;
}

/**
 * One run of sshuttle: its rules are on record before they are made, and gone after its end, by whatever death. It makes them when its far end answers, and
 * listens where they lead before it starts ssh: so ssh gets to the far end when they are on record.
 */
export class SshuttleRun {
  readonly #parts: RunParts;
  readonly #process: RunningProcess;
  #recorded: Promise<MachineChange> | undefined;
  #ended: Promise<void> | undefined;

  /** @returns one that is ready @throws TunnelError `TUNNEL_FAILED`, and then there is none; HostError `STATE_UNWRITABLE`; the signal's reason */
  static async start(parts: RunParts, signal: AbortSignal): Promise<SshuttleRun> {
    signal.throwIfAborted();
    const run = new SshuttleRun(parts, await parts.launch());
    const over = new AbortController();
    const begun = deferred<void>();
    parts.guardWay(() => run.#admit().then(begun.resolve, (error: unknown) => run.#refuse(error, over)));
    void run.gone.then(() => over.abort(endedFailure(run.words)));
    try {
      await parts.untilReady({ begun: begun.promise, words: () => run.words }, AbortSignal.any([signal, over.signal]));
      return run;
    } catch (error) {
      await run.end();
      throw error;
    }
  }

  private constructor(parts: RunParts, process: RunningProcess) {
    this.#parts = parts;
    this.#process = process;
  }

  /** As of {@link SshuttleProcess}. */
  get gone(): Promise<void> {
    return this.#process.gone;
  }

  /** What it said last, on one line. */
  get words(): string {
    return String(this.#process.words);
  }

  /** To be called after `gone` too. Idempotent. @throws TunnelError `TUNNEL_LOST` where it doesn't end, or its rules don't go */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    await this.#process.end();
    const { rules, changes, warn } = this.#parts;
    const made = await this.#recorded?.catch(() => undefined);
    if (!made) return;
    try {
      await rules.undo(made, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // Who may not look believes that it did its work, unless it was killed.
      if (this.#process.mayHaveLeftRules) return warn(asWarning(error));
    }
    await changes.undone(made);
  }

  /** Somebody knocks at the way to the pod. @throws ErrnoError `ECONNREFUSED` where that can't be sshuttle; HostError `STATE_UNWRITABLE` */
  async #admit(): Promise<void> {
    const { method, listeningOf } = this.#parts;
    const made = rulesOfListener(method, await listeningOf(this.#process.pid));
    if (!made || this.#ended) throw new ErrnoError('ECONNREFUSED', 'sshuttle is not there');
    this.#recorded ??= this.#record(made);
    await this.#recorded;
  }

  async #record(made: MachineChange): Promise<MachineChange> {
    await this.#parts.changes.intend(made);
    this.#process.leaveRulesTo(this.#parts.rules.scriptOf(made));
    return made;
  }

  #refuse(error: unknown, over: AbortController): never {
    if (!(error instanceof ErrnoError)) over.abort(error);
    throw error;
  }
}

function asWarning({ message, hint }: HostError): TunnelWarning {
  return { code: 'TUNNEL_LOST', message, hint };
}
