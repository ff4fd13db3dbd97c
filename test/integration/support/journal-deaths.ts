import { expect } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import type { Moment, PausedSession } from './paused-session.ts';
import { allProcesses } from './process-tree.ts';

/** Each record of a journal, and what of the session's programs is there beside inpod: one more kind doesn't compile until it stands here. */
const moments: Readonly<Record<Moment, { readonly watchdog: boolean; readonly launcher: boolean }>> = {
  'session-opened': { watchdog: false, launcher: false },
  'lease-intended': { watchdog: true, launcher: false },
  'workload-intended': { watchdog: true, launcher: false },
  'place-taken': { watchdog: true, launcher: true },
  'workload-given-back': { watchdog: true, launcher: true },
  'lease-deleted': { watchdog: true, launcher: false },
};

type Program = 'inpod' | 'launcher' | 'watchdog';

/** How a session dies, and of whose death. Where inpod lives on, it ends by itself, or by the signal that is to follow. */
interface Death {
  readonly of: readonly Program[];
  readonly deliver: (session: PausedSession) => Promise<void>;
  readonly thenSignal?: 'SIGTERM';
}

/** One of a session's possible ends. */
export interface JournalDeath {
  readonly name: string;
  readonly moment: Moment;
  readonly death: Death;
  /** What of its programs is there then. */
  readonly there: { readonly watchdog: boolean; readonly launcher: boolean };
}

const deaths: Readonly<Record<string, Death>> = {
  SIGTERM: { of: [], deliver: (session) => session.signal('SIGTERM') },
  SIGHUP: { of: [], deliver: (session) => session.signal('SIGHUP') },
  'Ctrl-C': { of: [], deliver: (session) => session.pressCtrlC() },
  'SIGKILL of inpod': killing(['inpod']),
  'SIGKILL of the launcher': killing(['launcher']),
  'SIGKILL of the watchdog': { ...killing(['watchdog']), thenSignal: 'SIGTERM' },
  'SIGKILL of inpod and the watchdog': killing(['watchdog', 'inpod']),
};

/** The watchdog first, where both die: it mustn't see that the other is gone. */
function killing(programs: readonly Program[]): Death {
  const deliver = async (session: PausedSession): Promise<void> => {
    for (const program of programs) {
      const pid = session.pids[program];
      if (pid === undefined) continue;
      process.kill(pid, 'SIGKILL');
      await eventually(`the end of ${program}`, () => expect(allProcesses().map((one) => one.pid)).not.toContain(pid));
    }
  };
  return { of: programs, deliver };
}

/** All that can happen at each record. */
export const journalDeaths: readonly JournalDeath[] = Object.entries(moments).flatMap(([moment, there]) =>
  Object.entries(deaths).flatMap(([name, death]) => {
    const isThere = (program: Program): boolean => program === 'inpod' || there[program];
    return death.of.some((one) => !isThere(one)) ? [] : [{ name, moment: moment as Moment, death, there }];
  }),
);

/** Whether the session, or its watchdog, gives back what it had. */
export function isRepairedAfter({ death, there }: JournalDeath): boolean {
  return !death.of.includes('inpod') || (there.watchdog && !death.of.includes('watchdog'));
}
