import type { JournalPort, SessionJournal, StoredJournal } from '../../src/domain/ports/journal-port.ts';
import { formatJournalLine, parseJournal, type JournalEntry } from '../../src/domain/session/undo-journal.ts';

/** Journals as texts in memory, in the very form of the files. */
export class MemoryJournal implements JournalPort {
  /** By session id; what a dead session left may be put in. */
  readonly texts = new Map<string, string>();
  discards = 0;
  /** Runs before each call, `append` with the entry's kind: throw, or wait, there. */
  script: (call: 'open' | 'discard' | `append ${JournalEntry['kind']}`) => void | Promise<void> = () => undefined;

  async open(sessionId: string): Promise<SessionJournal> {
    await this.script('open');
    this.texts.set(sessionId, '');
    return this.#appending(sessionId, 0);
  }

  async reopen(sessionId: string, entryCount: number): Promise<SessionJournal> {
    return this.#appending(sessionId, entryCount);
  }

  async list(): Promise<readonly StoredJournal[]> {
    return [...this.texts].map(([sessionId, text]) => ({ sessionId, entries: parseJournal(text) }));
  }

  /** What a session wrote, as it would be read after its death. */
  entries(sessionId: string): readonly JournalEntry[] {
    return parseJournal(this.texts.get(sessionId) ?? '');
  }

  /** What a dead session left. */
  put(sessionId: string, entries: readonly JournalEntry[]): void {
    this.texts.set(sessionId, entries.map((entry, seq) => formatJournalLine(seq, entry)).join(''));
  }

  #appending(sessionId: string, entryCount: number): SessionJournal {
    let seq = entryCount;
    return {
      append: async (entry) => {
        await this.script(`append ${entry.kind}`);
        this.texts.set(sessionId, (this.texts.get(sessionId) ?? '') + formatJournalLine(seq++, entry));
      },
      discard: async () => {
        await this.script('discard');
        this.discards++;
        this.texts.delete(sessionId);
      },
    };
  }
}
