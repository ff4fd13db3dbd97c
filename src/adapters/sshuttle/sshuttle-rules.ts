import { execFile } from 'node:child_process';
import { HostError, TunnelError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import { searchPathOf } from './find-sshuttle.ts';
import { areInUse, removalOf, removalScript, type Removal } from './rules-removal.ts';

/** Why a command didn't end with 0: `missing`, there is no such program; else what it said. */
export type CommandFailure = { readonly missing: true } | { readonly missing: false; readonly said: string };

/** What taking rules back needs. */
export interface RulesParts {
  readonly isRoot: boolean;
  /** @returns `undefined` where it ended with 0 @throws the signal's reason */
  readonly run: (argv: readonly string[], signal: AbortSignal) => Promise<CommandFailure | undefined>;
  /** TCP sockets that listen on this machine, whoever's. */
  readonly listening: () => Promise<readonly Endpoint[]>;
}

/** Asks for no password: whoever is asked may not be there. */
const bySudo = ['sudo', '-n'] as const;

/** Who takes the same rules back at the same moment may be a step ahead. */
const tries = 2;

/** Takes the rules of an sshuttle back that didn't do so itself. */
export class SshuttleRules implements MachineUndoPort {
  readonly #parts: RulesParts;
  /** Asked again, sudo would but write the same into the system's log. */
  #isRefused = false;

  constructor(parts: RulesParts) {
    this.#parts = parts;
  }

  async undo(change: MachineChange, signal: AbortSignal): Promise<void> {
    if (areInUse(change, await this.#parts.listening())) return;
    const removal = removalOf(change);
    const byHand = removalScript(removal, this.#parts.isRoot ? [] : ['sudo']);
    for (const steps of removal) await this.#take(steps, byHand, signal);
  }

  /** The same for a shell that may outlive this process; says nothing worth reading. */
  scriptOf(change: MachineChange): string {
    return removalScript(removalOf(change), this.#parts.isRoot ? [] : bySudo);
  }

  async #take(steps: Removal[number], byHand: string, signal: AbortSignal): Promise<void> {
    let trouble: string | undefined;
    for (let left = tries; left > 0; left--) {
      trouble = await this.#go(steps, byHand, signal);
      if (trouble === undefined) return;
    }
    throw new TunnelError({
      code: 'TUNNEL_LOST',
      message: `sshuttle's rules can't be taken back, and may be left on this machine: ${trouble}`,
      hint: `by hand: ${byHand}`,
    });
  }

  /** @returns what stands in the way, if anything */
  async #go(steps: Removal[number], byHand: string, signal: AbortSignal): Promise<string | undefined> {
    for (const { argv, failure: meaning } of steps) {
      const failure = await this.#asRoot(argv, byHand, signal);
      if (failure === undefined || meaning === 'nothing') continue;
      return meaning === 'gone' ? undefined : failure;
    }
    return undefined;
  }

  /** @returns what a command that failed said */
  async #asRoot(argv: readonly string[], byHand: string, signal: AbortSignal): Promise<string | undefined> {
    const { isRoot, run } = this.#parts;
    if (this.#isRefused) throw refused(byHand);
    const failure = await run(isRoot ? argv : [...bySudo, ...argv], signal);
    if (failure === undefined) return undefined;
    if (isRoot && failure.missing) throw missing(argv[0] ?? '', byHand);
    if (failure.missing || (!isRoot && failure.said.startsWith('sudo:'))) {
      this.#isRefused = true;
      throw refused(byHand);
    }
    return failure.said;
  }
}

/** By this machine's programs. */
export function rulesOfThisMachine(
  environment: Readonly<Record<string, string | undefined>>,
  listening: RulesParts['listening'],
): SshuttleRules {
  const searchPath = searchPathOf(environment);
  return new SshuttleRules({ isRoot: process.getuid?.() === 0, run: (argv, signal) => runCommand(argv, searchPath, signal), listening });
}

/** What a command that hangs may take. */
const commandLimitMs = 10_000;

async function runCommand(argv: readonly string[], searchPath: string, signal: AbortSignal): Promise<CommandFailure | undefined> {
  const [program = '', ...args] = argv;
  const outcome = await new Promise<CommandFailure | undefined>((resolve) => {
    const options = { env: { PATH: searchPath, LC_ALL: 'C' }, timeout: commandLimitMs, signal };
    execFile(program, args, options, (error, _stdout, stderr) => {
      if (!error) resolve(undefined);
      else if (error.code === 'ENOENT') resolve({ missing: true });
      else resolve({ missing: false, said: stderr.trim().split('\n')[0] || `${program} failed` });
    });
  });
  signal.throwIfAborted();
  return outcome;
}

function refused(byHand: string): HostError {
  return new HostError({
    code: 'NOT_PERMITTED',
    message: `sshuttle's rules may be left on this machine, and sudo wants a password to take them back: ${byHand}`,
    hint: 'type that, and then: inpod restore',
  });
}

function missing(program: string, byHand: string): HostError {
  return new HostError({
    code: 'BINARY_MISSING',
    message: `sshuttle's rules may be left on this machine, and ${program}, which takes them back, is not installed any more`,
    hint: `install it, and then: ${byHand}`,
  });
}
