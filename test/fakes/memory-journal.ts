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

  /** What follows the whole entries is cut off, as in a file. */
  async reopen(sessionId: string, entryCount: number): Promise<SessionJournal> {
    const text = this.texts.get(sessionId);
    const whole = text?.split('\n').slice(0, entryCount).map((line) => `${line}\n`); // prettier-ignore
    if (whole) this.texts.set(sessionId, whole.join(''));
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

  /** The last line is there only in part, as after a death in its midst. */
  tear(sessionId: string): void {
    this.texts.set(sessionId, (this.texts.get(sessionId) ?? '').slice(0, -20));
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
