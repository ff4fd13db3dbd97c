import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { SessionLeases } from '../../domain/ports/cluster/session-leases.ts';
import type { GivenBack, Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { Claimer } from '../../domain/session/lease-machine.ts';
import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';
import { SessionClaim } from './session-claim.ts';

/** What repairing a session by its Lease alone takes. */
export interface TakeOverParts extends Claimer {
  readonly cluster: Pick<SessionLeases, 'readLease' | 'claimLease' | 'deleteLease' | 'leaveNotice'> & {
    readonly workloads: Pick<Workloads, 'giveBackWorkload'> | undefined;
  };
  readonly clock: ClockPort;
}

/**
 * Repairs a session that died, or sleeps, on whatever machine, and leaves it a word. Safe to repeat.
 * @returns what was done, for people; `undefined` where its Lease is gone
 * @throws ClusterError `SESSION_ALIVE`, `LEASE_CLAIMED`
 */
export async function takeOverSession(parts: TakeOverParts, leaseName: string, signal: AbortSignal): Promise<string | undefined> {
  const { cluster, clock, by, silenceMs } = parts;
  const claim = await SessionClaim.make({ leases: cluster, clock, leaseName, by, silenceMs }, signal);
  if (!claim) return undefined;
  const { hold } = claim;
  await claim.uphold(signal);
  const outcome = hold && (await cluster.workloads?.giveBackWorkload(hold, signal));
  const detail = [...(hold ? [describeGivenBack(hold, outcome ?? 'left-alone')] : []), describeDeleted(leaseName)].join('; ');
  await claim.uphold(signal);
  await cluster.leaveNotice({ leaseName, by, atWallMs: clock.wallMs(), detail }, signal);
  await claim.uphold(signal);
  await cluster.deleteLease(leaseName, signal);
  return detail;
}

/** For people. */
export function describeGivenBack(hold: WorkloadHold, outcome: GivenBack): string {
  const { replicas } = hold.mark;
  return outcome === 'restored'
    ? `gave ${describeWorkload(hold)} its ${replicas === 1 ? 'replica' : `${replicas} replicas`} back`
    : `left ${describeWorkload(hold)} as it is`;
}

/** For people. */
export function describeDeleted(leaseName: string): string {
  return `deleted Lease ${leaseName} with its pod and Secret`;
}
