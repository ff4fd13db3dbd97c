/**
 * The watchdog: detached from the session, it holds the read end of a pipe from it. The session's end, however it came, ends the pipe;
 * unless the session said that nothing is left, the journal is replayed.
 */
import { homedir } from 'node:os';
import { sessionsFolder } from '../../cli/state-paths.ts';
import { persist } from '../../use-cases/persist.ts';
import { replayJournal } from '../../use-cases/repair-sessions.ts';
import { watchdogParts } from '../../wiring/watchdog-parts.ts';

/** The API may be away for a while, and the laptop may move; after this the next `inpod run` here repairs. */
const patienceMs = 3_600_000;
const pauseMs = 2000;

/** The kernel still sends what a killed process wrote, and the API may still act upon it. */
const underWayMs = 2000;

async function main(sessionId: string): Promise<void> {
  const home = homedir();
  const { journals, machine, clock, doneWord, locator, by } = watchdogParts(sessionsFolder(process.env, home), {
    environment: process.env,
    home,
  });
  let told = '';
  for await (const chunk of process.stdin) told += String(chunk);
  if (told === doneWord) return;
  const repair = async (signal: AbortSignal): Promise<void> => {
    const stored = await journals.read(sessionId);
    const how = { isProvenDead: true, changesAre: 'here', underWayMs } as const;
    if (stored) await replayJournal({ journals, machine, locator, clock, by }, stored, how, signal);
  };
  await persist(repair, { clock, limitMs: patienceMs, pauseMs });
}

void main(process.argv[2] ?? '').then(
  () => process.exit(0),
  () => process.exit(1), // the journal stays, and says to the next run what is left
);
