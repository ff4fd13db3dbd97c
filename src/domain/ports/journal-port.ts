import type { JournalEntry } from '../session/undo-journal.ts';

/** One session's journal, open for appending. */
export interface SessionJournal {
  /** Durable (fsync) when it resolves. @throws HostError `STATE_UNWRITABLE` */
  append(entry: JournalEntry): Promise<void>;
  /** The session released everything: its record goes (the log stays). */
  discard(): Promise<void>;
}

/** A journal of a session that may be dead. */
export interface StoredJournal {
  readonly sessionId: string;
  readonly entries: readonly JournalEntry[];
}

/** The sessions' directory of this user: `$XDG_STATE_HOME/inpod/sessions`. */
export interface JournalPort {
  /** Makes the session's directory (0700). @throws HostError `STATE_UNWRITABLE` */
  open(sessionId: string): Promise<SessionJournal>;
  /** Opens a stored journal again, for repair; appending goes on after its `entryCount` whole entries. */
  reopen(sessionId: string, entryCount: number): Promise<SessionJournal>;
  /** All journals that still exist; one that can't be read is passed over. */
  list(): Promise<readonly StoredJournal[]>;
}
