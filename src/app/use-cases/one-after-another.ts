import type { SessionJournal } from '../../domain/ports/journal-port.ts';

/** The same journal for several that write at once: a line out of its order ends what can be read. */
export function oneAfterAnother(journal: SessionJournal): SessionJournal {
  let last: Promise<void> = Promise.resolve();
  return {
    append: (entry) => {
      const written = last.then(() => journal.append(entry));
      last = written.catch(() => undefined);
      return written;
    },
    discard: () => journal.discard(),
  };
}
