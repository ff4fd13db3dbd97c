/**
 * The watchdog: detached from the session, it holds the read end of a pipe from it. The session's end, however it came, ends the pipe;
 * unless the session said that nothing is left, the journal is replayed.
 */
import { homedir } from 'node:os';
import { FileJournal } from '../../../adapters/host/file-journal.ts';
import { watchdogDone } from '../../../adapters/host/host-processes.ts';
import { systemClock } from '../../../adapters/host/system-clock.ts';
import { ClusterError } from '../../../domain/errors.ts';
import { replayJournal } from '../../use-cases/repair-sessions.ts';
import { sessionsFolder } from '../../cli/state-paths.ts';

/** The API may be away for a while, and the laptop may move; after this the next `inpod run` here repairs. */
const patienceMs = 3_600_000;
const pauseMs = 2000;

async function main(sessionId: string): Promise<void> {
  let told = '';
  for await (const chunk of process.stdin) told += String(chunk);
  if (told === watchdogDone) return;
  const journals = new FileJournal(sessionsFolder(process.env, homedir()));
  const { makeLocator } = await import('../../wiring/locator.ts');
  const parts = { journals, locator: makeLocator({ environment: process.env, home: homedir() }) };
  const never = new AbortController().signal;
  for (const until = systemClock.now() + patienceMs; systemClock.now() < until; await systemClock.sleep(pauseMs, never)) {
    const stored = await journals.read(sessionId);
    if (!stored) return;
    try {
      await replayJournal(parts, stored, never);
      return;
    } catch (error) {
      if (!(error instanceof ClusterError && error.code === 'API_UNREACHABLE')) throw error;
    }
  }
}

void main(process.argv[2] ?? '').then(
  () => process.exit(0),
  () => process.exit(1), // the journal stays, and says to the next run what is left
);
