import { AppError, ClusterError } from '../../domain/errors.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ClusterLocator, ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { JournalPort, SessionJournal, StoredJournal } from '../../domain/ports/journal-port.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { ProcessPort } from '../../domain/ports/process-port.ts';
import { allDone } from '../../domain/promises.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import type { EventSink } from '../../domain/session/session-event.ts';
import { journalOpening, pendingUndo, type JournalCluster, type Undo } from '../../domain/session/undo-journal.ts';
import { oneAfterAnother } from './one-after-another.ts';
import { SessionClaim } from './session-claim.ts';
import { describeDeleted, describeGivenBack } from './take-over-session.ts';
import { changesPlace, describeUndone, machineChangesOf, undoMachineChanges, type ChangesPlace } from './undo-machine-changes.ts';

/** What repairing needs. */
export interface RepairParts {
  readonly locator: ClusterLocator;
  readonly journals: JournalPort;
  readonly machine: MachineUndoPort;
  readonly processes: ProcessPort;
  readonly clock: ClockPort;
  readonly events: EventSink;
  /** Who repairs: no two processes have the same. */
  readonly by: string;
  /** Only these sessions, even if they were begun elsewhere; where it is undefined, all that are known to be dead. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

/** What became of one journal. */
export interface RepairOutcome {
  readonly sessionId: string;
  /** `elsewhere`: begun on another machine or in a container, and left alone. `claimed`: somebody else is at it. `unknown`: nothing of it was found. */
  readonly outcome: 'repaired' | 'alive' | 'elsewhere' | 'claimed' | 'unknown' | 'failed';
  readonly detail: string;
}

/**
 * Undoes what dead sessions of this machine left. A session is dead when its process is.
 * @returns an outcome for each journal; a failure to repair is among them and doesn't stop the others
 */
export async function repairSessions(parts: RepairParts, signal: AbortSignal): Promise<readonly RepairOutcome[]> {
  const { journals, wanted } = parts;
  const stored = (await journals.list()).filter(({ sessionId }) => wanted?.has(sessionId) ?? true);
  return Promise.all(stored.map((journal) => repairSession(parts, journal, signal)));
}

async function repairSession(parts: RepairParts, stored: StoredJournal, signal: AbortSignal): Promise<RepairOutcome> {
  const { sessionId } = stored;
  try {
    const opening = journalOpening(stored.entries);
    const state = opening ? await parts.processes.stateOf(opening.owner) : 'dead';
    if (state === 'running') return { sessionId, outcome: 'alive', detail: `running as pid ${opening?.owner.pid}` };
    if (state === 'elsewhere' && !parts.wanted)
      return { sessionId, outcome: 'elsewhere', detail: 'begun in a container, or on another machine' };
    const changesAre = opening ? changesPlace(state, opening.owner, await parts.processes.self()) : 'here';
    const detail = await replayJournal(parts, stored, { isProvenDead: state === 'dead', changesAre }, signal);
    parts.events({ kind: 'session-repaired', sessionId, detail });
    return { sessionId, outcome: 'repaired', detail };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (signal.aborted) return { sessionId, outcome: 'failed', detail: 'not finished: the next run or restore goes on' };
    if (error.code === 'LEASE_CLAIMED') return { sessionId, outcome: 'claimed', detail: error.message };
    if (error.code === 'SESSION_ALIVE') return { sessionId, outcome: 'alive', detail: error.message };
    parts.events({
      kind: 'warning',
      code: error.code,
      message: `session ${sessionId}, which died, could not be repaired: ${error.message}`,
      hint: error.hint,
    });
    return { sessionId, outcome: 'failed', detail: error.message };
  }
}

/** How a journal is replayed. */
export interface ReplayManner {
  /** One that isn't must have been silent for as long as its Lease allows. */
  readonly isProvenDead: boolean;
  /** Where what it changed of its machine is to be undone. */
  readonly changesAre: ChangesPlace;
  /** What was under way when the session died has happened within this time, in milliseconds; without it that was long ago. */
  readonly underWayMs?: number;
}

type UndoInCluster = Exclude<Undo, { kind: 'undo-machine-change' }>;

type ReplayParts = Pick<RepairParts, 'locator' | 'journals' | 'machine' | 'clock' | 'by'>;

/**
 * Undoes what the journal says is still to be undone: on this machine, then in the cluster, where the session is claimed first; discards the journal. Any part
 * of it may have been undone before.
 * @returns what was undone, for people
 * @throws ClusterError, `SESSION_ALIVE` and `LEASE_CLAIMED` among them; HostError `NOT_PERMITTED`, after the cluster's part; the journal then stays
 */
export async function replayJournal(parts: ReplayParts, stored: StoredJournal, how: ReplayManner, signal: AbortSignal): Promise<string> {
  const opening = journalOpening(stored.entries);
  const pending = opening ? pendingUndo(stored.entries) : [];
  const [last] = opening ? pendingUndo(stored.entries.slice(-1)) : [];
  const journal = oneAfterAnother(await parts.journals.reopen(stored.sessionId, stored.entries.length));
  const changes = machineChangesOf(pending);
  // Until then this machine's names may lead nowhere, those of the API server among them.
  const failure = await undoMachineChanges(parts.machine, { changes, place: how.changesAre }, signal);
  const inCluster = pending.filter((undo) => undo.kind !== 'undo-machine-change');
  const [undone, done] = await allDone([
    failure ? Promise.resolve([]) : settleMachine(parts, { journal, changes }, how, signal),
    opening ? undoInCluster(parts, { cluster: opening.cluster, journal, pending: inCluster, last }, how, signal) : Promise.resolve([]),
  ]);
  if (failure) throw failure;
  await journal.discard();
  return [...undone, ...done].join('; ') || 'nothing was left';
}

/** Who made the changes may have been about to: they are undone once more, and known to be. @returns what was undone, for people */
async function settleMachine(
  parts: ReplayParts,
  { journal, changes }: { readonly journal: Pick<SessionJournal, 'append'>; readonly changes: readonly MachineChange[] },
  how: ReplayManner,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (changes.length === 0) return [];
  await late(parts, how, () => undoMachineChanges(parts.machine, { changes, place: how.changesAre }, signal), signal);
  for (const change of changes) await journal.append({ kind: 'machine-change-undone', change });
  return changes.map(describeUndone);
}

/** What of a journal is to be undone in the cluster. */
interface ClusterReplay {
  readonly cluster: JournalCluster;
  readonly journal: Pick<SessionJournal, 'append'>;
  readonly pending: readonly UndoInCluster[];
  /** What was intended last. */
  readonly last: Undo | undefined;
}

/** @returns what was undone, for people */
async function undoInCluster(
  parts: ReplayParts,
  { cluster: wanted, journal, pending, last }: ClusterReplay,
  how: ReplayManner,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (pending.length === 0) return [];
  const cluster = await locateAgain(parts.locator, wanted);
  const done: string[] = [];
  try {
    const claim = await claimOf(parts, cluster, pending, { isProvenDead: how.isProvenDead, signal });
    for (const undo of pending) {
      await claim?.uphold(signal);
      done.push(await undoOne(cluster, journal, undo, signal));
    }
    if (last?.kind === 'delete-lease') await late(parts, how, () => cluster.deleteLease(last.name, signal), signal);
    if (last?.kind === 'give-back-workload') await late(parts, how, () => cluster.workloads?.giveBackWorkload(last.hold, signal), signal);
    return done;
  } finally {
    await cluster.close();
  }
}

/** What the journal intended last may happen after it was undone: it is undone once more. */
async function late(
  { clock }: Pick<RepairParts, 'clock'>,
  { underWayMs }: ReplayManner,
  again: () => Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (underWayMs === undefined) return;
  await clock.sleep(underWayMs, signal);
  await again();
}

/** Where the session may only sleep, it is left a word. @returns `undefined` where there is no Lease to claim */
async function claimOf(
  { clock, by }: Pick<RepairParts, 'clock' | 'by'>,
  cluster: ClusterPort,
  pending: readonly UndoInCluster[],
  { isProvenDead, signal }: { readonly isProvenDead: boolean; readonly signal: AbortSignal },
): Promise<SessionClaim | undefined> {
  const leaseName = pending.find((undo) => undo.kind === 'delete-lease')?.name;
  if (leaseName === undefined) return undefined;
  const claim = await SessionClaim.make({ leases: cluster, clock, leaseName, by, silenceMs: isProvenDead ? 0 : undefined }, signal);
  if (claim && !isProvenDead) {
    await cluster.leaveNotice({ leaseName, by, atWallMs: clock.wallMs(), detail: 'gave back what it had' }, signal);
  }
  return claim;
}

/** @returns what was done, for people */
async function undoOne(
  cluster: ClusterPort,
  journal: Pick<SessionJournal, 'append'>,
  undo: UndoInCluster,
  signal: AbortSignal,
): Promise<string> {
  if (undo.kind === 'delete-lease') {
    await cluster.deleteLease(undo.name, signal);
    await journal.append({ kind: 'lease-deleted', name: undo.name });
    return describeDeleted(undo.name);
  }
  const { kind, name } = undo.hold;
  const outcome = (await cluster.workloads?.giveBackWorkload(undo.hold, signal)) ?? 'left-alone';
  await journal.append({ kind: 'workload-given-back', hold: { kind, name } });
  return describeGivenBack(undo.hold, outcome);
}

/** The kubeconfig is loaded anew, by path and context; another server under the same name is refused. */
async function locateAgain(locator: ClusterLocator, wanted: JournalCluster): ReturnType<ClusterLocator['locate']> {
  const { kubeconfigList, context, kubeNamespace, impersonate, server } = wanted;
  const cluster = await locator.locate({ kubeconfigList, context, kubeNamespace, impersonate: impersonate || undefined });
  if (cluster.identity.server === server) return cluster;
  await cluster.close();
  throw new ClusterError({
    code: 'CONTEXT_NOT_FOUND',
    message: `context ${context} is now ${cluster.identity.server}; the session ran on ${server}`,
    hint: `delete the Lease by hand there: kubectl delete lease -n ${kubeNamespace} -l inpod.dev/session`,
  });
}
