import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { JournalPort, StoredJournal } from '../../domain/ports/journal-port.ts';
import type { ProcessPort } from '../../domain/ports/process-port.ts';
import type { OwnerState } from '../../domain/session/owner-state.ts';
import { journalOpening, pendingUndo } from '../../domain/session/undo-journal.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';

/** What reading journals takes. */
export interface LocalParts {
  readonly journals: JournalPort;
  readonly processes: ProcessPort;
  readonly clock: ClockPort;
}

/** A session that this machine started and that hasn't released everything. */
export interface LocalSession {
  readonly sessionId: string;
  readonly state: OwnerState;
  /** These are unknown where the journal is torn before its first entry. */
  readonly pid?: number | undefined;
  readonly context?: string | undefined;
  readonly kubeNamespace?: string | undefined;
  /** URL of the API server. */
  readonly server?: string | undefined;
  /** The workload that it has still to give back, as kubectl takes it. */
  readonly target?: string | undefined;
  /** Since its start, by this machine's clock. */
  readonly ageMs?: number | undefined;
}

/** Reads journals, repairs nothing; oldest first. @throws HostError `STATE_UNWRITABLE` */
export async function listLocalSessions(parts: LocalParts): Promise<readonly LocalSession[]> {
  const sessions = await Promise.all((await parts.journals.list()).map((stored) => readSession(parts, stored)));
  return sessions.toSorted((one, other) => (other.ageMs ?? Infinity) - (one.ageMs ?? Infinity));
}

async function readSession({ processes, clock }: LocalParts, { sessionId, entries }: StoredJournal): Promise<LocalSession> {
  const opening = journalOpening(entries);
  if (!opening) return { sessionId, state: 'dead' };
  const { owner, cluster, wallMs } = opening;
  const state = await processes.stateOf(owner);
  const { context, kubeNamespace, server } = cluster;
  const held = pendingUndo(entries).find((undo) => undo.kind === 'give-back-workload');
  const target = held && describeWorkload(held.hold);
  return { sessionId, state, pid: owner.pid, context, kubeNamespace, server, target, ageMs: Math.max(0, clock.wallMs() - wallMs) };
}
