import { ClusterError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { SessionLeases } from '../../domain/ports/cluster/session-leases.ts';
import { decideClaim, isClaimFresh, type Claimer, type LeaseFacts } from '../../domain/session/lease-machine.ts';
import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';

/** What claiming takes. */
export interface ClaimParts extends Claimer {
  readonly leases: Pick<SessionLeases, 'readLease' | 'claimLease'>;
  readonly clock: ClockPort;
  readonly leaseName: string;
}

/** The right to repair a session: nobody else does meanwhile. */
export class SessionClaim {
  readonly #parts: ClaimParts;
  #facts: LeaseFacts;
  #madeAt: Instant;

  private constructor(parts: ClaimParts, facts: LeaseFacts, madeAt: Instant) {
    this.#parts = parts;
    this.#facts = facts;
    this.#madeAt = madeAt;
  }

  /** @returns `undefined` where the Lease is gone @throws ClusterError `SESSION_ALIVE`, `LEASE_CLAIMED` */
  static async make(parts: ClaimParts, signal: AbortSignal): Promise<SessionClaim | undefined> {
    const { clock, leases, leaseName, by } = parts;
    for (;;) {
      const madeAt = clock.now();
      const facts = await leases.readLease(leaseName, signal);
      if (!facts) return undefined;
      const decision = decideClaim(facts, parts);
      if (decision === 'live') throw alive(parts, facts);
      if (decision === 'claimed') throw claimed(leaseName, facts);
      if (await leases.claimLease(leaseName, facts, by, signal)) return new SessionClaim(parts, facts, madeAt);
    }
  }

  /** The workload whose place the session has, as it was. */
  get hold(): WorkloadHold | undefined {
    return this.#facts.hold;
  }

  /** To be awaited before each write: a claim that got old is made anew. @throws ClusterError `LEASE_CLAIMED` where somebody else repairs by now */
  async uphold(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    // Again and again: claiming takes time as well.
    while (!isClaimFresh(clock.now() - this.#madeAt, this.#facts)) {
      const again = await SessionClaim.make(this.#parts, signal);
      // Of a Lease that is gone nothing is left to keep others from.
      if (!again) return;
      this.#facts = again.#facts;
      this.#madeAt = again.#madeAt;
    }
  }
}

function alive({ leaseName, silenceMs }: ClaimParts, { holder, silentMs, durationMs }: LeaseFacts): ClusterError {
  return new ClusterError({
    code: 'SESSION_ALIVE',
    message: `session ${sessionIdOf(leaseName)} of ${holder} is alive: its last sign of life is ${Math.round(silentMs / 1000)} s old`,
    hint: `ask ${holder} to end it; it may be repaired after ${Math.round((silenceMs ?? durationMs) / 1000)} s of silence`,
  });
}

function claimed(leaseName: string, { holder }: LeaseFacts): ClusterError {
  return new ClusterError({
    code: 'LEASE_CLAIMED',
    message: `session ${sessionIdOf(leaseName)} is being repaired by ${holder}`,
    hint: 'see whether that is done: inpod status',
  });
}

function sessionIdOf(leaseName: string): string {
  return leaseName.replace(/^inpod-/, '');
}
