import { beforeEach, describe, expect, it } from 'vitest';
import { repairSessions, replayJournal, type RepairParts } from '../../../src/app/use-cases/repair-sessions.ts';
import { ClusterError, HostError } from '../../../src/domain/errors.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { formatJournalLine, type JournalEntry } from '../../../src/domain/session/undo-journal.ts';
import { journalCluster } from '../../builders/session-builders.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { MemoryCluster, MemoryLocator } from '../../fakes/memory-cluster.ts';
import { MemoryJournal } from '../../fakes/memory-journal.ts';
import { MemoryMachine, rulesOf } from '../../fakes/memory-machine.ts';

const watchdog = { isProvenDead: true, changesAre: 'here', underWayMs: 2000 } as const;
const never = new AbortController().signal;

describe('repairSessions', () => {
  let cluster: MemoryCluster;
  let locator: MemoryLocator;
  let journals: MemoryJournal;
  let processes: FakeProcesses;
  let machine: MemoryMachine;
  let events: SessionEvent[];
  let parts: RepairParts;

  beforeEach(() => {
    cluster = new MemoryCluster();
    locator = new MemoryLocator(cluster);
    journals = new MemoryJournal();
    processes = new FakeProcesses();
    machine = new MemoryMachine();
    events = [];
    const tell = (event: SessionEvent): unknown => events.push(event);
    parts = { locator, journals, machine, processes, clock: new FakeClock(), by: 'ann@laptop (pid 1)', events: tell };
  });

  const opened = (sessionId: string, pid = 1): JournalEntry => ({
    kind: 'session-opened',
    sessionId,
    cluster: journalCluster({ impersonate: 'ann' }),
    owner: { ...processes.owner, pid },
    wallMs: 1,
  });
  const lease = async (sessionId: string): Promise<JournalEntry> => {
    await cluster.createLease({ name: `inpod-${sessionId}`, sessionId, holder: 'ann@laptop', durationSeconds: 30 }, never);
    return { kind: 'lease-intended', name: `inpod-${sessionId}` };
  };

  it('has nothing to do where there are no journals', async () => {
    expect(await repairSessions(parts, never)).toEqual([]);
    expect(locator.choices).toEqual([]);
  });

  it('deletes a dead session’s Lease, tells it, and discards the journal', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    const [outcome] = await repairSessions(parts, never);
    expect(outcome).toEqual({ sessionId: 'abcde', outcome: 'repaired', detail: 'deleted Lease inpod-abcde with its pod and Secret' });
    expect(events).toEqual([{ kind: 'session-repaired', sessionId: 'abcde', detail: outcome?.detail }]);
    expect([cluster.leases.size, journals.texts.size, cluster.closeCount]).toEqual([0, 0, 1]);
  });

  it('deletes a Lease too that comes after the session died, since the request was under way', async () => {
    journals.put('abcde', [opened('abcde'), { kind: 'lease-intended', name: 'inpod-abcde' }]);
    const clock = new FakeClock();
    const replayed = replayJournal({ ...parts, clock }, (await journals.list())[0]!, watchdog, never);
    await settle();
    await lease('abcde');
    await clock.runUntilDone(replayed);
    expect([cluster.leases.size, journals.texts.size]).toEqual([0, 0]);
  });

  it('finds the cluster by what the journal says, the impersonated user too', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    await repairSessions(parts, never);
    expect(locator.choices).toEqual([
      { kubeconfigList: '/home/ann/.kube/config', context: 'test', kubeNamespace: 'default', impersonate: 'ann' },
    ]);
  });

  it('lets a session alone whose process lives', async () => {
    processes.alive.add(77);
    journals.put('alive', [opened('alive', 77), await lease('alive')]);
    expect(await repairSessions(parts, never)).toEqual([{ sessionId: 'alive', outcome: 'alive', detail: 'running as pid 77' }]);
    expect(cluster.leases.size).toBe(1);
    expect(journals.texts.has('alive')).toBe(true);
  });

  it('lets a session alone that was begun in another process namespace, until it is asked for by name', async () => {
    const opening = opened('abcde');
    if (opening.kind !== 'session-opened') throw new Error('no opening');
    journals.put('abcde', [{ ...opening, owner: { ...opening.owner, pidNamespace: 'pid:[2]' } }, await lease('abcde')]);
    expect(await repairSessions(parts, never)).toMatchObject([{ sessionId: 'abcde', outcome: 'elsewhere' }]);
    expect([cluster.leases.size, events]).toEqual([1, []]);
    expect(await repairSessions({ ...parts, wanted: new Set(['abcde']) }, never)).toMatchObject([{ outcome: 'alive' }]);
    cluster.nowMs = () => cluster.wallMs + 30_000;
    expect(await repairSessions({ ...parts, wanted: new Set(['abcde']) }, never)).toMatchObject([{ outcome: 'repaired' }]);
    expect([cluster.leases.size, [...cluster.notices.keys()]]).toEqual([0, ['inpod-abcde']]);
  });

  it('lets a session alone that somebody else repairs, until that one falls silent', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    const facts = await cluster.readLease('inpod-abcde', never);
    if (facts) await cluster.claimLease('inpod-abcde', facts, 'inpod-guardian', never);
    expect(await repairSessions(parts, never)).toMatchObject([
      { outcome: 'claimed', detail: 'session abcde is being repaired by inpod-guardian' },
    ]);
    expect([cluster.leases.size, journals.texts.size, events]).toEqual([1, 1, []]);
    cluster.nowMs = () => cluster.wallMs + 30_000;
    expect(await repairSessions(parts, never)).toMatchObject([{ outcome: 'repaired' }]);
  });

  it('repairs only the sessions wanted', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    journals.put('fghij', [opened('fghij'), await lease('fghij')]);
    await repairSessions({ ...parts, wanted: new Set(['fghij']) }, never);
    expect([...cluster.leases.keys()]).toEqual(['inpod-abcde']);
  });

  it.each<[string, (opening: JournalEntry) => string]>([
    ['an empty journal', () => ''],
    ['a torn first line', (opening) => formatJournalLine(0, opening).slice(0, 40)],
    ['no Lease intended yet', (opening) => formatJournalLine(0, opening)],
    [
      'everything undone',
      (opening) =>
        formatJournalLine(0, opening) +
        formatJournalLine(1, { kind: 'lease-intended', name: 'l' }) +
        formatJournalLine(2, { kind: 'lease-deleted', name: 'l' }),
    ],
  ])('only discards where there is nothing to undo: %s', async (_what, text) => {
    journals.texts.set('abcde', text(opened('abcde')));
    expect(await repairSessions(parts, never)).toEqual([{ sessionId: 'abcde', outcome: 'repaired', detail: 'nothing was left' }]);
    expect(journals.texts.size).toBe(0);
    expect(locator.choices).toEqual([]);
  });

  it('keeps the journal where a repair fails, says so, and goes on with the others', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    journals.put('fghij', [opened('fghij'), await lease('fghij')]);
    cluster.script = (_call, subject) => {
      if (subject === 'inpod-abcde') throw new ClusterError({ code: 'FORBIDDEN', message: 'not yours', hint: 'ask' });
    };
    const outcomes = await repairSessions(parts, never);
    expect(outcomes.map(({ sessionId, outcome }) => [sessionId, outcome])).toEqual([
      ['abcde', 'failed'],
      ['fghij', 'repaired'],
    ]);
    expect([...journals.texts.keys()]).toEqual(['abcde']);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'warning', code: 'FORBIDDEN', hint: 'ask' }));
    expect(cluster.closeCount).toBe(2);
  });

  it('does not delete on another server that has taken the context’s name', async () => {
    journals.put('abcde', [opened('abcde'), await lease('abcde')]);
    cluster.identity = { ...cluster.identity, server: 'https://production.example:6443' };
    const [outcome] = await repairSessions(parts, never);
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.detail).toContain('https://production.example:6443');
    expect(cluster.calls).not.toContain('deleteLease inpod-abcde');
    expect([cluster.closeCount, journals.texts.size]).toEqual([1, 1]);
  });

  it('may be repeated after any of its steps was interrupted', async () => {
    for (const stopAt of ['append lease-deleted', 'discard']) {
      journals.put('abcde', [opened('abcde'), await lease('abcde')]);
      journals.script = (call) => {
        if (call === stopAt) throw new ClusterError({ code: 'API_ERROR', message: 'died here' });
      };
      await expect(replayJournal(parts, (await journals.list())[0]!, { isProvenDead: true, changesAre: 'here' }, never)).rejects.toThrow(
        'died here',
      );
      journals.script = () => undefined;
      await repairSessions(parts, never);
      expect([cluster.leases.size, journals.texts.size]).toEqual([0, 0]);
    }
  });

  describe('of what a dead session changed of this machine', () => {
    const rules = rulesOf(20_000);
    const changed: JournalEntry = { kind: 'machine-change-intended', change: rules };
    const sudoRefuses = (): never => {
      throw new HostError({ code: 'NOT_PERMITTED', message: 'type: sudo nft delete' });
    };
    beforeEach(() => machine.make(rules));

    it('undoes it first: until then the API server’s name may lead nowhere', async () => {
      journals.put('abcde', [opened('abcde'), await lease('abcde'), changed]);
      cluster.script = () => expect(machine.changes.size).toBe(0);
      const [outcome] = await repairSessions(parts, never);
      expect(outcome?.detail).toBe("took sshuttle's rules of port 20000 back; deleted Lease inpod-abcde with its pod and Secret");
      expect(journals.texts.size).toBe(0);
    });

    it('asks no cluster where there is nothing else, as with a standing agent', async () => {
      journals.put('abcde', [opened('abcde'), changed]);
      expect(await repairSessions(parts, never)).toMatchObject([{ outcome: 'repaired' }]);
      expect([machine.changes.size, locator.choices]).toEqual([0, []]);
    });

    it('undoes it though the API is away, and not again when that is back', async () => {
      journals.put('abcde', [opened('abcde'), await lease('abcde'), changed]);
      cluster.script = () => {
        throw new ClusterError({ code: 'API_UNREACHABLE', message: 'away' });
      };
      expect(await repairSessions(parts, never)).toMatchObject([{ outcome: 'failed', detail: 'away' }]);
      cluster.script = () => undefined;
      expect(await repairSessions(parts, never)).toMatchObject([{ outcome: 'repaired' }]);
      expect([machine.changes.size, machine.undoCount, journals.texts.size]).toEqual([0, 1, 0]);
    });

    it('gives back what is in the cluster though that isn’t permitted, says the command, and keeps the journal for it', async () => {
      journals.put('abcde', [opened('abcde'), await lease('abcde'), changed]);
      machine.script = sudoRefuses;
      expect(await repairSessions(parts, never)).toMatchObject([{ outcome: 'failed', detail: 'type: sudo nft delete' }]);
      expect([cluster.leases.size, journals.texts.size]).toEqual([0, 1]);
      expect(events).toContainEqual(expect.objectContaining({ kind: 'warning', code: 'NOT_PERMITTED' }));
      machine.script = () => undefined;
      await repairSessions(parts, never);
      expect([machine.changes.size, journals.texts.size]).toEqual([0, 0]);
    });

    it('takes it for undone only then', async () => {
      journals.put('abcde', [opened('abcde'), changed]);
      const clock = new FakeClock();
      void replayJournal({ ...parts, clock }, (await journals.list())[0]!, watchdog, never);
      await settle();
      expect(journals.entries('abcde')).toHaveLength(2);
    });

    it('undoes it once more, since who made it may have been about to', async () => {
      journals.put('abcde', [opened('abcde'), changed]);
      const clock = new FakeClock();
      const replayed = replayJournal({ ...parts, clock }, (await journals.list())[0]!, watchdog, never);
      await settle();
      expect(machine.changes.size).toBe(0);
      await machine.make(rules);
      await clock.runUntilDone(replayed);
      expect([machine.changes.size, journals.texts.size]).toEqual([0, 0]);
    });

    const elsewhere = { ...new FakeProcesses().owner, machineId: 'other', bootId: 'other' };
    it.each([
      ['before this machine was started anew is gone by itself', { bootId: 'before' }, 'repaired', 0],
      ['on another machine is left to that one', elsewhere, 'failed', 1],
    ])('%s', async (_what, owner, outcome, journalsLeft) => {
      const opening = opened('abcde');
      if (opening.kind !== 'session-opened') throw new Error('no opening');
      journals.put('abcde', [{ ...opening, owner: { ...opening.owner, ...owner } }, changed]);
      expect(await repairSessions({ ...parts, wanted: new Set(['abcde']) }, never)).toMatchObject([{ outcome }]);
      expect([machine.undoCount, journals.texts.size]).toEqual([0, journalsLeft]);
    });
  });
});
