import { open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalPort, SessionJournal, StoredJournal } from '../../domain/ports/journal-port.ts';
import { formatJournalLine, parseJournal } from '../../domain/session/undo-journal.ts';
import { makeSessionFolder, sessionsUnreachable } from './session-folder.ts';

const fileName = 'journal.jsonl';

/** Journals as files: `SESSIONS/ID/journal.jsonl`, readable by their owner alone. */
export class FileJournal implements JournalPort {
  readonly #sessionsDirectory: string;

  /** @param sessionsDirectory - `$XDG_STATE_HOME/inpod/sessions`; made when needed */
  constructor(sessionsDirectory: string) {
    this.#sessionsDirectory = sessionsDirectory;
  }

  async open(sessionId: string): Promise<SessionJournal> {
    makeSessionFolder(this.#sessionsDirectory, sessionId);
    return this.#appending(sessionId, 0);
  }

  /** What follows the whole entries, a line that the session's death tore, is cut off: nothing could be read after it. */
  async reopen(sessionId: string, entryCount: number): Promise<SessionJournal> {
    return this.#reaching(async () => {
      const text = await readFile(this.#path(sessionId), 'latin1').catch(absent(undefined));
      const whole = text
        ?.split('\n')
        .slice(0, entryCount)
        .map((line) => line.length + 1);
      if (whole)
        await truncate(
          this.#path(sessionId),
          whole.reduce((sum, bytes) => sum + bytes, 0),
        ).catch(absent(undefined));
      return this.#appending(sessionId, entryCount);
    });
  }

  /** A journal that can't be read, of another user's session for example, is passed over. */
  async list(): Promise<readonly StoredJournal[]> {
    const ids = await this.#reaching(() => readdir(this.#sessionsDirectory).catch(absent<string[]>([])));
    const read = await Promise.allSettled(ids.map((id) => this.read(id)));
    return read.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  }

  /** One session's journal; `undefined` where there is none (any more). */
  async read(sessionId: string): Promise<StoredJournal | undefined> {
    const text = await readFile(this.#path(sessionId), 'utf8').catch(absent(undefined));
    return text === undefined ? undefined : { sessionId, entries: parseJournal(text) };
  }

  #appending(sessionId: string, entryCount: number): SessionJournal {
    let seq = entryCount;
    return {
      append: (entry) => this.#reaching(() => this.#append(sessionId, formatJournalLine(seq++, entry))),
      discard: () => this.#reaching(() => rm(this.#path(sessionId), { force: true })),
    };
  }

  async #append(sessionId: string, line: string): Promise<void> {
    const file = await open(this.#path(sessionId), 'a', 0o600);
    try {
      await file.appendFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #path(sessionId: string): string {
    return join(this.#sessionsDirectory, sessionId, fileName);
  }

  async #reaching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw sessionsUnreachable(this.#sessionsDirectory, cause);
    }
  }
}

/** A file or folder that isn't there is `value`; every other failure stays one. */
function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return value;
    throw error;
  };
}
