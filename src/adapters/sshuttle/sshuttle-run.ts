import { HostError } from '../../domain/errors.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { TunnelWarning } from '../../domain/ports/tunnel-port.ts';
import type { MachineChange, MachineChanges } from '../../domain/session/machine-change.ts';
import { chooseListenPort } from './listen-port.ts';
import { endedFailure } from './readiness-failures.ts';
import { listenAddresses } from './sshuttle-command.ts';
import type { SshuttleProcess } from './sshuttle-process.ts';

/** What of a process a run needs. */
export type RunningProcess = Pick<SshuttleProcess, 'gone' | 'end' | 'mayHaveLeftRules'> & { readonly words: { toString(): string } };

/** What each run of an sshuttle is made with. */
export interface RunParts {
  readonly network: Pick<HostNetworkPort, 'listen'>;
  readonly method: MachineChange['method'];
  readonly hasIpv6: boolean;
  /** Of the runs before this one. */
  readonly usedPorts: Set<number>;
  readonly changes: MachineChanges;
  readonly rules: MachineUndoPort;
  /** @param rules - what it is to make */
  readonly launch: (rules: MachineChange) => Promise<RunningProcess>;
  /** @param words - what it said so far @throws TunnelError `TUNNEL_FAILED`; the signal's reason */
  readonly untilReady: (words: () => string, signal: AbortSignal) => Promise<void>;
  readonly warn: (warning: TunnelWarning) => void;
}

/** One run of sshuttle: its rules are on record before they are made, and gone after its end, by whatever death. */
export class SshuttleRun {
  readonly #parts: RunParts;
  readonly #process: RunningProcess;
  readonly #rules: MachineChange;
  #ended: Promise<void> | undefined;

  /** @returns one that is ready @throws TunnelError `TUNNEL_FAILED`, and then there is none; HostError `STATE_UNWRITABLE`; the signal's reason */
  static async start(parts: RunParts, signal: AbortSignal): Promise<SshuttleRun> {
    signal.throwIfAborted();
    const { network, method, hasIpv6, usedPorts, changes, launch, untilReady } = parts;
    const port = await chooseListenPort(network, listenAddresses(hasIpv6), usedPorts);
    const rules: MachineChange = { kind: 'sshuttle-rules', method, port, ipv6: hasIpv6 };
    await changes.intend(rules);
    const run = new SshuttleRun(parts, await launch(rules), rules);
    const over = new AbortController();
    void run.gone.then(() => over.abort(endedFailure(run.words)));
    try {
      await untilReady(() => run.words, AbortSignal.any([signal, over.signal]));
      return run;
    } catch (error) {
      await run.end();
      throw error;
    }
  }

  private constructor(parts: RunParts, process: RunningProcess, rules: MachineChange) {
    this.#parts = parts;
    this.#process = process;
    this.#rules = rules;
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
    try {
      await rules.undo(this.#rules, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // Who may not look believes that it did its work, unless it was killed.
      if (this.#process.mayHaveLeftRules) return warn(asWarning(error));
    }
    await changes.undone(this.#rules);
  }
}

function asWarning({ message, hint }: HostError): TunnelWarning {
  return { code: 'TUNNEL_LOST', message, hint };
}
