import { ClusterError } from '../errors.ts';
import type { SessionLeaseSpec } from '../ports/cluster/session-leases.ts';
import type { LeaseFacts } from '../session/lease-machine.ts';
import { sessionLabel, type LeaseObject } from './playground-objects.ts';

/** A Lease that was just made. @param nowMs - milliseconds since 1970 */
export function newLease(kubeNamespace: string, spec: SessionLeaseSpec, nowMs: number): LeaseObject {
  const { name, sessionId, holder, durationSeconds, hold } = spec;
  return {
    kind: 'Lease',
    kubeNamespace,
    name,
    labels: { [sessionLabel]: sessionId },
    holder,
    durationSeconds,
    createdWallMs: nowMs,
    renewedWallMs: nowMs,
    claims: 0,
    version: 1,
    hold,
  };
}

/** @throws ClusterError `LEASE_CLAIMED` */
export function renewed(lease: LeaseObject, nowMs: number): LeaseObject {
  if (lease.claims === 0) return { ...lease, renewedWallMs: nowMs, version: lease.version + 1 };
  throw new ClusterError({
    code: 'LEASE_CLAIMED',
    message: `this session was silent for too long: ${lease.holder} is giving back what it had`,
    hint: 'run it again when that is done',
  });
}

/** @returns the Lease as `by`'s; `undefined` where it was written since `facts` were read */
export function claimed(lease: LeaseObject, facts: LeaseFacts, by: string, nowMs: number): LeaseObject | undefined {
  if (String(lease.version) !== facts.version) return undefined;
  return { ...lease, holder: by, claims: lease.claims + 1, renewedWallMs: nowMs, version: lease.version + 1 };
}

/** What it says. */
export function leaseFacts({ holder, claims, renewedWallMs, durationSeconds, version, hold }: LeaseObject, nowMs: number): LeaseFacts {
  return { holder, claims, silentMs: nowMs - renewedWallMs, durationMs: durationSeconds * 1000, version: String(version), hold };
}
