import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatJournalLine,
  journalOpening,
  parseJournal,
  pendingUndo,
  type JournalEntry,
  type Undo,
} from '../../../src/domain/session/undo-journal.ts';
import { machineChangeKey, type MachineChange } from '../../../src/domain/session/machine-change.ts';
import type { WorkloadHold } from '../../../src/domain/workload/workload-facts.ts';

/** All of Unicode, lone surrogates and line separators too: paths and contexts may hold anything. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u2028', '\u2029', '\r', '","sum":"00000000"}', '\ud800'));
const cluster = fc.record({ kubeconfigList: text, context: text, kubeNamespace: text, impersonate: text, server: text });
const owner = fc.record({ pid: fc.nat(), startTicks: text, bootId: text, machineId: text, pidNamespace: text });
const leaseName = fc.constantFrom('inpod-aaaaa', 'inpod-bbbbb');
const workload: fc.Arbitrary<WorkloadHold> = fc.record({
  kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const),
  name: fc.constantFrom('web', 'db'),
  mark: fc.record({ version: fc.constant(1 as const), lease: leaseName, holder: text, replicas: fc.nat() }),
  replicasOwners: fc.array(fc.record({ manager: text, operation: text, apiVersion: text, subresource: text }), { maxLength: 2 }),
});
const change: fc.Arbitrary<MachineChange> = fc.record({
  kind: fc.constant('sshuttle-rules' as const),
  method: fc.constantFrom('nft' as const, 'nat' as const),
  port: fc.constantFrom(20_000, 20_001),
  ipv6: fc.boolean(),
});
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ kind: fc.constant('session-opened' as const), sessionId: text, cluster, owner, wallMs: fc.nat() }),
  fc.record({ kind: fc.constant('lease-intended' as const), name: leaseName }),
  fc.record({ kind: fc.constant('lease-deleted' as const), name: leaseName }),
  workload.map((hold) => ({ kind: 'workload-intended' as const, hold })),
  workload.map(({ kind, name }) => ({ kind: 'workload-given-back' as const, hold: { kind, name } })),
  fc.record({ kind: fc.constantFrom('machine-change-intended' as const, 'machine-change-undone' as const), change }),
);
const doneBy = (undo: Undo): JournalEntry => {
  if (undo.kind === 'delete-lease') return { kind: 'lease-deleted', name: undo.name };
  if (undo.kind === 'undo-machine-change') return { kind: 'machine-change-undone', change: undo.change };
  return { kind: 'workload-given-back', hold: undo.hold };
};
const nameOf = (undo: Undo): string => {
  if (undo.kind === 'delete-lease') return undo.name;
  return undo.kind === 'undo-machine-change' ? machineChangeKey(undo.change) : `${undo.hold.kind} ${undo.hold.name}`;
};
const entries = fc.array(entry, { maxLength: 8 });

const format = (some: readonly JournalEntry[]): string => some.map((one, seq) => formatJournalLine(seq, one)).join('');

describe('the undo journal', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(entries, (written) => {
        expect(parseJournal(format(written))).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it('has one line per entry', () => {
    fc.assert(fc.property(entry, fc.nat(), (one, seq) => /^[^\n]*\n$/.test(formatJournalLine(seq, one))));
  });

  it('torn anywhere yields the whole entries before the tear', () => {
    fc.assert(
      fc.property(entries, fc.double({ min: 0, max: 1, noNaN: true }), (written, where) => {
        const bytes = Buffer.from(format(written));
        const torn = bytes.subarray(0, Math.floor(where * bytes.length));
        const whole = torn.toString('latin1').split('\n').length - 1;
        expect(parseJournal(torn.toString())).toEqual(written.slice(0, whole));
      }),
    );
  });

  it('with any byte changed yields a prefix, without the entry that was changed', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (written, where, change) => {
        const bytes = Buffer.from(format(written));
        const at = where % bytes.length;
        const line = bytes.subarray(0, at).toString('latin1').split('\n').length - 1;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(parseJournal(bytes.toString())).toEqual(written.slice(0, line));
      }),
      { numRuns: 500 },
    );
  });

  it('with a line lost, doubled or swapped yields the entries before it', () => {
    const three = format([
      { kind: 'lease-intended', name: 'a' },
      { kind: 'lease-intended', name: 'b' },
      { kind: 'lease-deleted', name: 'b' },
    ]).split(/(?<=\n)/);
    const [a = '', b = '', c = ''] = three;
    expect([a + c, a + a + b, a + c + b, b + a].map((text) => parseJournal(text).length)).toEqual([1, 1, 1, 0]);
  });

  it('arbitrary text never throws', () => {
    fc.assert(fc.property(text, (some) => void parseJournal(some)));
  });

  it('of a later schema version is not guessed at', () => {
    const line = formatJournalLine(0, { kind: 'lease-intended', name: 'a' });
    expect(parseJournal(line.replace('"v":1', '"v":2'))).toEqual([]);
  });
});

describe('what is still to be undone', () => {
  it('is each Lease that was intended and not deleted since, each workload that was and not given back, each change of the machine that was and not undone', () => {
    fc.assert(
      fc.property(entries, (written) => {
        const last = new Map<string, boolean>();
        for (const one of written) {
          if (one.kind === 'lease-intended' || one.kind === 'lease-deleted') last.set(one.name, one.kind === 'lease-intended');
          if (one.kind === 'workload-intended' || one.kind === 'workload-given-back')
            last.set(`${one.hold.kind} ${one.hold.name}`, one.kind === 'workload-intended');
          if (one.kind === 'machine-change-intended' || one.kind === 'machine-change-undone')
            last.set(machineChangeKey(one.change), one.kind === 'machine-change-intended');
        }
        const intended = [...last].filter(([, isIntended]) => isIntended).map(([name]) => name);
        expect(pendingUndo(written).map(nameOf).toSorted()).toEqual(intended.toSorted());
      }),
    );
  });

  it('is nothing after any prefix was replayed to its end', () => {
    fc.assert(
      fc.property(entries, fc.nat(8), (written, length) => {
        const prefix = written.slice(0, length);
        const replayed = [...prefix, ...pendingUndo(prefix).map(doneBy)];
        expect(pendingUndo(parseJournal(format(replayed)))).toEqual([]);
      }),
    );
  });

  it('is undone newest first', () => {
    const mark = { version: 1, lease: 'old', holder: 'ann@laptop', replicas: 2 } as const;
    const hold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] } as const;
    const two: JournalEntry[] = [
      { kind: 'lease-intended', name: 'old' },
      { kind: 'workload-intended', hold },
    ];
    expect(pendingUndo(two).map(nameOf)).toEqual(['Deployment web', 'old']);
  });

  it('needs the entry that opens the journal', () => {
    expect(journalOpening([])).toBeUndefined();
    expect(journalOpening([{ kind: 'lease-intended', name: 'a' }])).toBeUndefined();
  });
});
