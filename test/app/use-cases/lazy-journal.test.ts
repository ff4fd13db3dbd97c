import { beforeEach, describe, expect, it } from 'vitest';
import { LazyJournal } from '../../../src/app/use-cases/lazy-journal.ts';
import { LeaseStack } from '../../../src/domain/session/lease-stack.ts';
import type { HeldThing } from '../../../src/domain/session/session-event.ts';
import { sessionPlan } from '../../builders/session-builders.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';
import { rulesOf } from '../../fakes/memory-machine.ts';

const change = rulesOf(20_000);

describe('a journal that is opened by its first entry', () => {
  let journals: MemoryJournal;
  let processes: FakeProcesses;
  let held: LeaseStack<HeldThing>;
  let journal: LazyJournal;

  beforeEach(() => {
    journals = new MemoryJournal();
    processes = new FakeProcesses();
    held = new LeaseStack();
    journal = new LazyJournal({ parts: { journals, processes, clock: new FakeClock() }, plan: sessionPlan(), held });
  });

  it('is none, and has no watchdog, where nothing is changed', async () => {
    await held.releaseAll();
    expect([journals.texts.size, processes.watchdogs.size]).toEqual([0, 0]);
  });

  it('has somebody who acts on it before an entry is told to be there', async () => {
    await journal.append({ kind: 'machine-change-intended', change });
    expect(journals.entries('abcde').map(({ kind }) => kind)).toEqual(['session-opened', 'machine-change-intended']);
    expect(processes.watchdogs.get('abcde')).toBe('running');
  });

  it('keeps the order of entries that are written at once: a line out of order ends what can be read', async () => {
    // Later lines would be written sooner.
    let pauseMs = 20;
    journals.script = () => new Promise((resolve) => setTimeout(resolve, (pauseMs -= 4)));
    await Promise.all([
      journal.append({ kind: 'lease-intended', name: 'inpod-abcde' }),
      journal.append({ kind: 'machine-change-intended', change }),
      journal.append({ kind: 'machine-change-undone', change }),
    ]);
    expect(journals.entries('abcde').map(({ kind }) => kind)).toEqual([
      'session-opened',
      'lease-intended',
      'machine-change-intended',
      'machine-change-undone',
    ]);
  });

  it.each([
    ['ends with its watchdog where all is undone', true, 0, 'released'],
    ['stays with its watchdog where something isn’t', false, 1, 'running'],
  ])('%s', async (_what, isUndone, journalsLeft, watchdog) => {
    await journal.append({ kind: 'machine-change-intended', change });
    if (isUndone) await journal.append({ kind: 'machine-change-undone', change });
    await held.releaseAll();
    expect([journals.texts.size, processes.watchdogs.get('abcde')]).toEqual([journalsLeft, watchdog]);
  });

  it('fails with each entry where it can’t be opened', async () => {
    journals.script = () => {
      throw new Error('disk full');
    };
    for (let time = 0; time < 2; time++)
      await expect(journal.append({ kind: 'machine-change-intended', change })).rejects.toThrow('disk full');
  });
});
