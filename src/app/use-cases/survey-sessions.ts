import { AppError } from '../../domain/errors.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { SessionObjects, SurveyedLease } from '../../domain/ports/cluster/session-survey.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';
import { listLocalSessions, type LocalParts, type LocalSession } from './local-sessions.ts';

/** What a survey takes. */
export interface SurveyParts extends LocalParts {
  /** @throws ClusterError */
  readonly locate: () => Promise<ClusterPort>;
}

/** One session of this machine, with its pod where the cluster could be asked. */
export interface StatusOfLocal extends LocalSession {
  readonly podName?: string | undefined;
}

/** One session of the namespace, whoever's it is. Times by this machine's clock: for people, nothing is decided by them. */
export interface StatusInCluster {
  readonly sessionId: string;
  /** `USER@HOST`; unknown where there is no Lease, or none may be listed. */
  readonly holder?: string | undefined;
  /** Since its last sign of life. */
  readonly leaseAgeMs?: number | undefined;
  /** The same, where that is longer than its Lease allows. */
  readonly silentMs?: number | undefined;
  /** The workload whose place it has, as kubectl takes it. */
  readonly target?: string | undefined;
  /** What that one gets back. */
  readonly replicas?: number | undefined;
  readonly podName?: string | undefined;
  readonly podPhase?: string | undefined;
  /** Disruption budgets that let nobody evict its pod as things are. */
  readonly budgets?: readonly string[] | undefined;
  readonly ageMs: number;
}

/** What is there. */
export interface SessionStatus {
  readonly local: readonly StatusOfLocal[];
  readonly cluster:
    | {
        readonly identity: ClusterIdentity;
        readonly sessions: readonly StatusInCluster[];
        readonly unreadable: SessionObjects['unreadable'];
      }
    /** It couldn't be asked. */
    | { readonly error: AppError };
}

/** From journals, Leases and pods; repairs nothing. @throws HostError `STATE_UNWRITABLE` */
export async function surveySessions(parts: SurveyParts, signal: AbortSignal): Promise<SessionStatus> {
  const [local, cluster] = await Promise.all([listLocalSessions(parts), surveyCluster(parts, signal)]);
  if ('error' in cluster) return { local, cluster };
  const { server, kubeNamespace } = cluster.identity;
  const pods = new Map(cluster.sessions.map(({ sessionId, podName }) => [sessionId, podName]));
  const isHere = (session: LocalSession): boolean => session.server === server && session.kubeNamespace === kubeNamespace;
  return { local: local.map((session) => ({ ...session, podName: isHere(session) ? pods.get(session.sessionId) : undefined })), cluster };
}

async function surveyCluster({ locate, clock }: SurveyParts, signal: AbortSignal): Promise<SessionStatus['cluster']> {
  try {
    const port = await locate();
    try {
      const objects = await port.listSessions(signal);
      return { identity: port.identity, sessions: joinSessions(objects, clock.wallMs()), unreadable: objects.unreadable };
    } finally {
      await port.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code !== 'CANCELLED' && error.code !== 'INVARIANT') return { error };
    throw error;
  }
}

/** One row a session, of its Lease and its pod; oldest first. Pure. */
export function joinSessions({ leases, pods }: SessionObjects, nowWallMs: number): readonly StatusInCluster[] {
  const ids = new Set([...leases, ...pods].map(({ sessionId }) => sessionId));
  const rows = [...ids].map((sessionId) => {
    const pod = pods.find((one) => one.sessionId === sessionId);
    const lease = leases.find((one) => one.sessionId === sessionId);
    const createdWallMs = Math.min(lease?.createdWallMs ?? Infinity, pod?.createdWallMs ?? Infinity);
    const ageMs = Math.max(0, nowWallMs - createdWallMs);
    const podColumns = { podName: pod?.name, podPhase: pod?.phase, budgets: pod?.budgets };
    return { sessionId, ...(lease ? leaseColumns(lease, nowWallMs) : {}), ...podColumns, ageMs };
  });
  return rows.toSorted((one, other) => other.ageMs - one.ageMs);
}

function leaseColumns(
  { holder, hold, renewedWallMs, durationSeconds }: SurveyedLease,
  nowWallMs: number,
): Pick<StatusInCluster, 'holder' | 'leaseAgeMs' | 'silentMs' | 'target' | 'replicas'> {
  const leaseAgeMs = Math.max(0, nowWallMs - renewedWallMs);
  const silentMs = leaseAgeMs > durationSeconds * 1000 ? leaseAgeMs : undefined;
  return { holder, leaseAgeMs, silentMs, target: hold && describeWorkload(hold), replicas: hold?.mark.replicas };
}
