import type { WorkloadHold } from '../workload/workload-facts.ts';
import type { WorkloadReference } from '../workload/workload-reference.ts';
import { machineChangeKey, type MachineChange } from './machine-change.ts';

/** How to find the cluster again: never a token, since the kubeconfig is loaded anew. */
export interface JournalCluster {
  /** KUBECONFIG as it was in force, or the one file of `--kubeconfig`: absolute paths joined by the platform's delimiter; empty for the default. */
  readonly kubeconfigList: string;
  readonly context: string;
  readonly kubeNamespace: string;
  readonly impersonate: string;
  /** URL of the API server; another one under the same name is refused. */
  readonly server: string;
}

/** Who wrote the journal: proof of whether that process still lives. */
export interface JournalOwner {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (field 22 of /proc/PID/stat), as text. */
  readonly startTicks: string;
  readonly bootId: string;
  /** Name of the installation (machine-id(5)); empty where it has none. */
  readonly machineId: string;
  /** Where `pid` counts: what /proc/PID/ns/pid links to. */
  readonly pidNamespace: string;
}

/** One step that was about to be taken, with what undoes it. */
export type JournalEntry =
  | {
      readonly kind: 'session-opened';
      readonly sessionId: string;
      readonly cluster: JournalCluster;
      readonly owner: JournalOwner;
      readonly wallMs: number;
    }
  /** Undone by deleting the Lease: pod and Secret go with it. */
  | { readonly kind: 'lease-intended'; readonly name: string }
  | { readonly kind: 'lease-deleted'; readonly name: string }
  /** Undone by giving the workload back as it was. */
  | { readonly kind: 'workload-intended'; readonly hold: WorkloadHold }
  | { readonly kind: 'workload-given-back'; readonly hold: WorkloadReference }
  /** Undone on this machine, as long as it runs on: a restart takes such changes with it. */
  | { readonly kind: 'machine-change-intended'; readonly change: MachineChange }
  | { readonly kind: 'machine-change-undone'; readonly change: MachineChange };

/** What undoes an entry. */
export type Undo =
  | { readonly kind: 'delete-lease'; readonly name: string }
  | { readonly kind: 'give-back-workload'; readonly hold: WorkloadHold }
  | { readonly kind: 'undo-machine-change'; readonly change: MachineChange };

/** A line of the journal: JSON with schema version, sequence and checksum. */
interface JournalLine {
  readonly v: 1;
  readonly seq: number;
  readonly entry: JournalEntry;
  /** FNV-1a of the line without it, as eight hex digits. */
  readonly sum: string;
}

/** Renders one line, newline included. */
export function formatJournalLine(seq: number, entry: JournalEntry): string {
  const body = JSON.stringify({ v: 1, seq, entry });
  return `${body.slice(0, -1)},"sum":"${checksum(body)}"}\n`;
}

/**
 * Reads a journal as far as it is whole: a torn, damaged or out-of-order line ends it, since nothing after such a line was ever acted upon with knowledge of it.
 * @returns the entries in order; never throws
 */
export function parseJournal(text: string): readonly JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = parseLine(line);
    if (parsed === undefined || parsed.seq !== entries.length) break;
    entries.push(parsed.entry);
  }
  return entries;
}

/** What must still be undone, newest first; empty where the session released everything. What is intended again after it was undone is to be undone again. */
export function pendingUndo(entries: readonly JournalEntry[]): readonly Undo[] {
  const pending = new Map<string, Undo>();
  for (const entry of entries) {
    for (const undo of undoOf(entry)) pending.set(undoKey(undo), undo);
    for (const key of doneBy(entry)) pending.delete(key);
  }
  return [...pending.values()].reverse();
}

function undoOf(entry: JournalEntry): readonly Undo[] {
  if (entry.kind === 'lease-intended') return [{ kind: 'delete-lease', name: entry.name }];
  if (entry.kind === 'workload-intended') return [{ kind: 'give-back-workload', hold: entry.hold }];
  return entry.kind === 'machine-change-intended' ? [{ kind: 'undo-machine-change', change: entry.change }] : [];
}

function doneBy(entry: JournalEntry): readonly string[] {
  if (entry.kind === 'lease-deleted') return [undoKey({ kind: 'delete-lease', name: entry.name })];
  if (entry.kind === 'workload-given-back') return [workloadKey(entry.hold)];
  return entry.kind === 'machine-change-undone' ? [machineChangeKey(entry.change)] : [];
}

function undoKey(undo: Undo): string {
  if (undo.kind === 'delete-lease') return `lease/${undo.name}`;
  return undo.kind === 'undo-machine-change' ? machineChangeKey(undo.change) : workloadKey(undo.hold);
}

function workloadKey({ kind, name }: WorkloadReference): string {
  return `workload/${kind}/${name}`;
}

/** The entry that opens every journal. */
export function journalOpening(entries: readonly JournalEntry[]): Extract<JournalEntry, { kind: 'session-opened' }> | undefined {
  const first = entries[0];
  return first?.kind === 'session-opened' ? first : undefined;
}

function parseLine(line: string): JournalLine | undefined {
  // With `s`, since JSON leaves U+2028 and U+2029 as they are.
  const match = /^(.*),"sum":"([0-9a-f]{8})"\}$/s.exec(line);
  if (!match?.[1] || checksum(`${match[1]}}`) !== match[2]) return undefined;
  try {
    const value = JSON.parse(line) as JournalLine;
    return value.v === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a, 32 bits, over UTF-16 code units: finds torn lines, is no defence against forgery. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
