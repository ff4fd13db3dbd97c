import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FileJournal as StoredJournals } from '../../../src/adapters/host/file-journal.ts';
import type { JournalPort, SessionJournal, StoredJournal } from '../../../src/domain/ports/journal-port.ts';

/**
 * The journal of the program under test: it stops after each record of its session until the test says `go`, by the Unix socket that
 * `INPOD_TEST_RECORDS` names. It also tells the test of each signal that came.
 */
export class FileJournal implements JournalPort {
  readonly #journals: StoredJournals;

  constructor(sessionsDirectory: string) {
    this.#journals = new StoredJournals(sessionsDirectory);
  }

  async open(sessionId: string): Promise<SessionJournal> {
    const [journal, test] = await Promise.all([this.#journals.open(sessionId), reachTest()]);
    return {
      append: async (entry) => {
        await journal.append(entry);
        test.write(`record ${entry.kind}\n`);
        await once(test, 'data');
      },
      discard: () => journal.discard(),
    };
  }

  reopen(sessionId: string, entryCount: number): Promise<SessionJournal> {
    return this.#journals.reopen(sessionId, entryCount);
  }

  list(): Promise<readonly StoredJournal[]> {
    return this.#journals.list();
  }
}

async function reachTest(): Promise<Socket> {
  const test = connect(process.env['INPOD_TEST_RECORDS'] ?? '');
  await once(test, 'connect');
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, () => test.write(`signal ${name}\n`));
  return test;
}
