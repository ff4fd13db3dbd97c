import { CancelledError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { SignalPort } from '../../domain/ports/signal-port.ts';
import type { ChildCommand, ChildExit, InheritedDescriptors, TunnelChild } from '../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { abortable } from '../../domain/promises.ts';
import { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { HeldThing } from '../../domain/session/session-event.ts';
import { SessionTraffic } from '../../domain/session/session-traffic.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { endChild } from './end-child.ts';
import { openSession, type OpenSession } from './open-session.ts';
import { LazyJournal } from './lazy-journal.ts';
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
  const stopListening = [run.signals.subscribe((signalNumber) => director.onSignal(signalNumber))];
  const failures: unknown[] = [];
  const traffic = new SessionTraffic(parts.clock);
  let isOpen = false;
  try {
    const journal = new LazyJournal({ parts, plan, held });
    const session = await openSession({ parts, plan, held, journal, traffic, signal: start.signal }, run.inherited);
    stopListening.push(run.signals.subscribeContinued(session.continued));
    isOpen = true;
    return await runChild(run, session, { director, begunAt });
  } catch (error) {
    // An abandoned step fails in its own words: what the user did is the cause.
    failures.push(start.signal.aborted ? start.signal.reason : error);
    throw failures[0];
  } finally {
    director.beginRelease();
    if (isOpen) parts.events({ kind: 'traffic', traffic: traffic.summary() });
    await release(run, held, failures).finally(() => stopListening.forEach((stop) => stop()));
  }
}

async function runChild(
  run: Run,
  session: OpenSession,
  { director, begunAt }: { director: SignalDirector; begunAt: Instant },
): Promise<ChildExit> {
  const { parts, plan } = run;
  const { podName } = session;
  const command = await run.command(session.podFacts);
  director.throwIfInterrupted();
  const startedAt = parts.clock.now();
  director.quiesce = session.quiesce;
  const lost = session.lost.then((error) => Promise.reject(error));
  // Told before it starts: what the command prints comes after.
  const commandLine = command.argv.join(' ');
  parts.events({ kind: 'child-starting', command: commandLine, podName, sinceStartMs: startedAt - begunAt });
  const child = await director.startChild(Promise.race([session.tunnel.spawn(command), lost]));
  // A command that could not be executed has no pid; its `exited` says why.
  if (child.pid !== 0) {
    parts.events({ kind: 'step-done', step: 'child', detail: `pid ${child.pid}`, tookMs: parts.clock.now() - startedAt });
    const sinceStartMs = parts.clock.now() - begunAt;
    parts.events({ kind: 'child-started', command: commandLine, pid: child.pid, podName, sinceStartMs });
  }
  const exit = await Promise.race([child.exited, session.lost]);
  if (exit instanceof Error) {
    await endChild({ parts, child, limitMs: plan.timings.endGraceMs }, exit);
    throw exit;
  }
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

/** How long a signal waits for a child that is being started. */
const earlySignalLimitMs = 1000;

/** One Ctrl-C may arrive twice, and late: from the terminal, from npm, and after the child has ended by it. */
const sameKeyMs = 500;

/** Where a signal goes: it abandons the start, reaches the child, or asks a release what it waits for. */
class SignalDirector {
  child: TunnelChild | undefined;
  /** Comes before the first signal that ends the child. */
  quiesce: (() => Promise<void>) | undefined;
  /** When the release began, or a signal was last answered since; `undefined` before. */
  #releaseDisturbedAt: Instant | undefined;
  readonly #run: Run;
  readonly #start: AbortController;
  readonly #held: LeaseStack<HeldThing>;
  /** Signals that came since the child was asked for, while nobody had told that it runs. */
  #early: number[] | undefined;
  /** Aborts when it is known whether the child runs. */
  readonly #childKnown = new AbortController();

  constructor(run: Run, start: AbortController, held: LeaseStack<HeldThing>) {
    this.#run = run;
    this.#start = start;
    this.#held = held;
  }

  onSignal(signalNumber: number): void {
    if (this.#releaseDisturbedAt !== undefined) this.#disturb(this.#releaseDisturbedAt);
    else if (this.child) this.#passOn(this.child, signalNumber);
    else if (this.#early?.length === 0) this.#keepForChild(this.#early, signalNumber);
    else this.#start.abort(new InterruptedError(signalNumber));
  }

  /** Later ones don't wait for the first. */
  #passOn(child: TunnelChild, signalNumber: number): void {
    const { quiesce } = this;
    this.quiesce = undefined;
    if (quiesce) void quiesce().then(() => child.signal(signalNumber));
    else child.signal(signalNumber);
  }

  beginRelease(): void {
    this.child = undefined;
    this.#releaseDisturbedAt = this.#run.parts.clock.now();
  }

  /** An impatient signal is told what is still held. */
  #disturb(lastAt: Instant): void {
    const { clock, events } = this.#run.parts;
    if (clock.now() - lastAt < sameKeyMs) return;
    this.#releaseDisturbedAt = clock.now();
    events({ kind: 'release-waits', things: this.#held.held });
  }

  throwIfInterrupted(): void {
    this.#start.signal.throwIfAborted();
  }

  /** The child may run before we hear of it: a signal that comes meanwhile is the child's, if that is there soon; a second one abandons the start. */
  async startChild(starting: Promise<TunnelChild>): Promise<TunnelChild> {
    this.#early = [];
    try {
      const child = await abortable(starting, this.#start.signal);
      this.child = child;
      for (const signalNumber of this.#early) child.signal(signalNumber);
      return child;
    } finally {
      this.#childKnown.abort();
    }
  }

  #keepForChild(early: number[], signalNumber: number): void {
    early.push(signalNumber);
    const tooLate = (): void => this.#start.abort(new InterruptedError(signalNumber));
    this.#run.parts.clock.sleep(earlySignalLimitMs, this.#childKnown.signal).then(tooLate, () => undefined);
  }
}
