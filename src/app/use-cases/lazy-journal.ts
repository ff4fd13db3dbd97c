import type { SessionJournal } from '../../domain/ports/journal-port.ts';
import type { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { HeldThing } from '../../domain/session/session-event.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import { pendingUndo, type JournalEntry } from '../../domain/session/undo-journal.ts';
import { oneAfterAnother } from './one-after-another.ts';
import type { SessionParts } from './session-parts.ts';

/** What a journal is opened with. */
export interface SessionJournalParts {
  readonly parts: Pick<SessionParts, 'journals' | 'processes' | 'clock'>;
  readonly plan: Pick<SessionPlan, 'sessionId' | 'cluster'>;
  readonly held: LeaseStack<HeldThing>;
}

/** A session's journal with its watchdog, opened by the first entry: who changes nothing needs none. Both end quietly only when nothing is left to undo. */
export class LazyJournal implements Pick<SessionJournal, 'append'> {
  readonly #parts: SessionJournalParts;
  readonly #entries: JournalEntry[] = [];
  #opened: Promise<SessionJournal> | undefined;

  constructor(parts: SessionJournalParts) {
    this.#parts = parts;
  }

  /** Durable, and with somebody who will act on it, when it resolves. @throws HostError `STATE_UNWRITABLE`, `BINARY_MISSING` */
  async append(entry: JournalEntry): Promise<void> {
    this.#opened ??= this.#open();
    await this.#write(await this.#opened, entry);
  }

  async #open(): Promise<SessionJournal> {
    const { parts, plan, held } = this.#parts;
    const { journals, processes, clock } = parts;
    const { sessionId, cluster } = plan;
    const journal = oneAfterAnother(await journals.open(sessionId));
    held.push('journal', async () => {
      if (this.#isClean()) await journal.discard();
    });
    await this.#write(journal, { kind: 'session-opened', sessionId, cluster, owner: await processes.self(), wallMs: clock.wallMs() });
    const watchdog = await processes.startWatchdog(sessionId);
    held.push('watchdog', async () => {
      // Left to itself it sees our end and replays what is still to be undone.
      if (this.#isClean()) await watchdog.release();
    });
    return journal;
  }

  #write(journal: SessionJournal, entry: JournalEntry): Promise<void> {
    // As if it were there already: a write that fails may be there in part.
    this.#entries.push(entry);
    return journal.append(entry);
  }

  #isClean(): boolean {
    return pendingUndo(this.#entries).length === 0;
  }
}
