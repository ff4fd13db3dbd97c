import { AppError } from '../../domain/errors.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { repairSessions, type RepairOutcome, type RepairParts } from './repair-sessions.ts';
import { takeOverSession } from './take-over-session.ts';

/** What restoring takes. */
export interface RestoreParts extends Omit<RepairParts, 'wanted'> {
  /** Only these sessions, wherever they were begun; all that are known to be dead where it is undefined. */
  readonly wanted?: ReadonlySet<string> | undefined;
  /** The cluster where sessions of other machines are looked for. @throws ClusterError */
  readonly locate: () => Promise<ClusterPort>;
}

/** Sessions of this machine by their journals; of others, which must be asked for by name, by their Leases, once these have been silent for long enough. */
export async function restoreSessions(parts: RestoreParts, signal: AbortSignal): Promise<readonly RepairOutcome[]> {
  const repaired = await repairSessions(parts, signal);
  const known = new Set(repaired.map(({ sessionId }) => sessionId));
  const others = [...(parts.wanted ?? [])].filter((sessionId) => !known.has(sessionId));
  return [...repaired, ...(await restoreOthers(parts, others, signal))];
}

async function restoreOthers(parts: RestoreParts, sessionIds: readonly string[], signal: AbortSignal): Promise<readonly RepairOutcome[]> {
  if (sessionIds.length === 0) return [];
  const cluster = await parts.locate();
  try {
    return await Promise.all(sessionIds.map((sessionId) => restoreOther(parts, cluster, sessionId, signal)));
  } finally {
    await cluster.close();
  }
}

async function restoreOther(
  { clock, by }: RestoreParts,
  cluster: ClusterPort,
  sessionId: string,
  signal: AbortSignal,
): Promise<RepairOutcome> {
  try {
    const detail = await takeOverSession({ cluster, clock, by, silenceMs: undefined }, `inpod-${sessionId}`, signal);
    if (detail !== undefined) return { sessionId, outcome: 'repaired', detail };
    return {
      sessionId,
      outcome: 'unknown',
      detail: `no journal of this session here, and no Lease in namespace ${cluster.identity.kubeNamespace} (another: -n)`,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const outcome = error.code === 'SESSION_ALIVE' ? 'alive' : error.code === 'LEASE_CLAIMED' ? 'claimed' : 'failed';
    return { sessionId, outcome, detail: error.message };
  }
}
