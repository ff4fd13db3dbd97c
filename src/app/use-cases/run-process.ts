import { CancelledError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { SignalPort } from '../../domain/ports/signal-port.ts';
import type { ChildCommand, ChildExit, InheritedDescriptors, TunnelChild } from '../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { abortable } from '../../domain/promises.ts';
import { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { HeldThing } from '../../domain/session/session-event.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { openSession, type OpenSession } from './open-session.ts';
import type { SessionParts } from './session-parts.ts';

/** One run: what to make, and what to run in it. */
export interface Run {
  readonly parts: SessionParts;
  readonly signals: SignalPort;
  readonly plan: SessionPlan;
  readonly inherited: InheritedDescriptors;
  /** Made when the pod's variables are known. */
  readonly command: (facts: PodFacts) => ChildCommand | Promise<ChildCommand>;
}

/** The run was ended by a signal before its child started. */
export class InterruptedError extends CancelledError {
  readonly signalNumber: number;
  constructor(signalNumber: number) {
    super(`interrupted by signal ${signalNumber} before the command started`);
    this.signalNumber = signalNumber;
  }
}

/**
 * Opens a session, runs the child in it, gives everything back.
 * @returns how the child ended
 * @throws AppError of what failed; AggregateError where releasing failed as well, or alone
 */
export async function runProcess(run: Run): Promise<ChildExit> {
  const { parts, plan } = run;
  const begunAt = parts.clock.now();
  const start = new AbortController();
  const held = new LeaseStack<HeldThing>();
  const director = new SignalDirector(run, start, held);
  const stopListening = run.signals.subscribe((signalNumber) => director.onSignal(signalNumber));
  const failures: unknown[] = [];
  try {
    const session = await openSession({ parts, plan, held, signal: start.signal }, run.inherited);
    return await runChild(run, session, { director, begunAt });
  } catch (error) {
    // An abandoned step fails in its own words: what the user did is the cause.
    failures.push(start.signal.aborted ? start.signal.reason : error);
    throw failures[0];
  } finally {
    director.child = undefined;
    director.releasing = true;
    await release(run, held, failures).finally(stopListening);
  }
}

async function runChild(
  run: Run,
  session: OpenSession,
  { director, begunAt }: { director: SignalDirector; begunAt: Instant },
): Promise<ChildExit> {
  const { parts, plan } = run;
  const command = await run.command(session.podFacts);
  director.throwIfInterrupted();
  const startedAt = parts.clock.now();
  const lost = session.lost.then((error) => Promise.reject(error));
  const child = await director.unlessInterrupted(Promise.race([session.tunnel.spawn(command), lost]));
  director.child = child;
  // A command that could not be executed has no pid; its `exited` says why.
  if (child.pid !== 0) {
    parts.events({ kind: 'step-done', step: 'child', detail: `pid ${child.pid}`, tookMs: parts.clock.now() - startedAt });
    parts.events({
      kind: 'child-started',
      command: command.argv.join(' '),
      pid: child.pid,
      podName: plan.podName,
      sinceStartMs: parts.clock.now() - begunAt,
    });
  }
  // A signal that came while the child was being started reached nobody yet.
  const exit = await director.unlessInterrupted(Promise.race([child.exited, lost]));
  parts.events({ kind: 'child-exited', exit });
  return exit;
}

/** @throws AggregateError of what failed before, if anything, and of the releases that failed */
async function release({ parts }: Run, held: LeaseStack<HeldThing>, failures: readonly unknown[]): Promise<void> {
  const startedAt = parts.clock.now();
  parts.events({ kind: 'releasing', things: held.held });
  try {
    await held.releaseAll();
  } catch (error) {
    const more: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    throw new AggregateError([...failures, ...more], 'not everything could be released', { cause: error });
  }
  parts.events({ kind: 'released', tookMs: parts.clock.now() - startedAt });
}

/** Where a signal goes: it abandons the start, reaches the child, or asks a release what it waits for. */
class SignalDirector {
  child: TunnelChild | undefined;
  releasing = false;
  readonly #run: Run;
  readonly #start: AbortController;
  readonly #held: LeaseStack<HeldThing>;

  constructor(run: Run, start: AbortController, held: LeaseStack<HeldThing>) {
    this.#run = run;
    this.#start = start;
    this.#held = held;
  }

  onSignal(signalNumber: number): void {
    if (this.releasing) this.#run.parts.events({ kind: 'release-waits', things: this.#held.held });
    else if (this.child) this.child.signal(signalNumber);
    else this.#start.abort(new InterruptedError(signalNumber));
  }

  throwIfInterrupted(): void {
    this.#start.signal.throwIfAborted();
  }

  /** `work`, or the interruption where there was one before. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return abortable(work, this.#start.signal);
  }
}
