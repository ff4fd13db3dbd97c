import { AppError, ClusterError } from '../../domain/errors.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { SessionLeases } from '../../domain/ports/cluster/session-leases.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import { brieflyMs, patienceWith } from '../../domain/session/api-patience.ts';
import { deferred } from '../../domain/promises.ts';
import type { RepairNotice } from '../../domain/session/lease-machine.ts';
import type { EventSink } from '../../domain/session/session-event.ts';

/** What renewing needs. */
export interface LeaseRenewal {
  readonly cluster: Pick<SessionLeases, 'renewLease' | 'takeNotice'>;
  readonly clock: ClockPort;
  readonly events: EventSink;
  readonly name: string;
  readonly everyMs: number;
}

/** Of one kind, and without a success since. */
interface Failure {
  readonly code: AppError['code'];
  readonly since: Instant;
  isTold: boolean;
}

/** Who repairs a session says so when that is done; a session that wakes meanwhile waits this long to be told. */
const noticePauseMs = 1000;
const maxNoticeTries = 10;

/**
 * Renews a Lease until stopped, or until it isn't the session's any more. A failure is told once per kind, not at each try: the link says more of an
 * API that is away, but credentials that ended show here first.
 */
export class LeaseKeeper {
  readonly #renewal: LeaseRenewal;
  readonly #stopped = new AbortController();
  readonly #lost = deferred<Error>();
  /** Once: the word is there for the first who takes it. */
  #described: Promise<Error> | undefined;
  /** Settles when the Lease was claimed by somebody who repairs the session, or deleted. Never rejects. */
  readonly lost = this.#lost.promise;

  constructor(renewal: LeaseRenewal) {
    this.#renewal = renewal;
  }

  start(): void {
    void this.#renewUntilLost();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Whoever took the session's pod may have taken its Lease. @returns why that is gone, where it is; else `loss` */
  async explain(loss: Error): Promise<Error> {
    try {
      await this.#renewal.cluster.renewLease(this.#renewal.name, this.#stopped.signal);
      return loss;
    } catch (error) {
      return this.#lossOf(error) ?? loss;
    }
  }

  async #renewUntilLost(): Promise<void> {
    const { cluster, clock, name, everyMs } = this.#renewal;
    const stopped = this.#stopped.signal;
    let failure: Failure | undefined;
    for (;;) {
      await clock.sleep(everyMs, stopped).catch(() => undefined);
      if (stopped.aborted) return;
      try {
        await cluster.renewLease(name, stopped);
        failure = undefined;
      } catch (error) {
        if (stopped.aborted) return;
        if (!(error instanceof AppError)) throw error;
        const loss = this.#lossOf(error);
        if (loss) return this.#lost.resolve(await loss);
        if (failure === undefined || failure.code !== error.code) failure = { code: error.code, since: clock.now(), isTold: false };
        this.#tellOnce(failure, error);
      }
    }
  }

  /** The link tells of an API that is away; one that was just restarted may answer anything for a moment. */
  #tellOnce(failure: Failure, error: AppError): void {
    const { clock, events } = this.#renewal;
    const { code, message, hint } = error;
    const isBrief = patienceWith(error) === 'briefly' && clock.now() - failure.since < brieflyMs;
    if (failure.isTold || isBrief || code === 'API_UNREACHABLE') return;
    failure.isTold = true;
    events({ kind: 'warning', code, message: `the session's Lease could not be renewed: ${message}`, hint });
  }

  /** @returns `undefined` for a failure that the Lease outlives */
  #lossOf(error: unknown): Promise<Error> | undefined {
    const isLost = error instanceof ClusterError && (error.code === 'LEASE_CLAIMED' || error.code === 'NOT_FOUND');
    if (isLost) this.#described ??= this.#whyLost(error);
    return isLost ? this.#described : undefined;
  }

  async #whyLost(refusal: ClusterError): Promise<Error> {
    const { clock, name } = this.#renewal;
    const stopped = this.#stopped.signal;
    for (let tries = 1; !stopped.aborted; tries++) {
      const notice = await this.#takeNotice();
      if (notice) return takenOver(notice, refusal);
      // Of a Lease that is gone nobody is going to say more.
      if (refusal.code === 'NOT_FOUND' || tries === maxNoticeTries) break;
      await clock.sleep(noticePauseMs, stopped).catch(() => undefined);
    }
    return refusal.code === 'NOT_FOUND' ? deleted(name, refusal) : refusal;
  }

  /** The session ends in any case: without the word where it can't be had. */
  async #takeNotice(): Promise<RepairNotice | undefined> {
    try {
      return await this.#renewal.cluster.takeNotice(this.#renewal.name, this.#stopped.signal);
    } catch (failure) {
      if (!(failure instanceof AppError)) throw failure;
      return undefined;
    }
  }
}

function takenOver({ by, atWallMs, detail }: RepairNotice, cause: ClusterError): ClusterError {
  return new ClusterError({
    code: 'LEASE_CLAIMED',
    message: `this session was silent for too long, so ${by} ended it at ${timeOf(atWallMs)}: ${detail}`,
    hint: 'run it again; a machine that sleeps, or is without network, is silent',
    cause,
  });
}

function deleted(name: string, cause: ClusterError): ClusterError {
  return new ClusterError({
    code: 'POD_GONE',
    message: `somebody deleted the session's Lease ${name}, hence its pod`,
    hint: 'run it again',
    cause,
  });
}

/** UTC, to the second. */
function timeOf(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
