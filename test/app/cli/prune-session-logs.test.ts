import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pruneSessionLogs } from '../../../src/app/cli/prune-session-logs.ts';

const nowMs = 1_700_000_000_000;
const keeping = { most: 2, longestMs: 1000_000, restMs: 60_000 };

let sessions: string;
beforeEach(() => {
  sessions = mkdtempSync(join(tmpdir(), 'inpod-logs-'));
});
afterEach(() => rmSync(sessions, { recursive: true }));

function session(id: string, ageMs: number, ...others: readonly string[]): void {
  mkdirSync(join(sessions, id));
  for (const name of ['log.jsonl', ...others]) writeFileSync(join(sessions, id, name), '{}\n');
  const writtenSeconds = (nowMs - ageMs) / 1000;
  utimesSync(join(sessions, id, 'log.jsonl'), writtenSeconds, writtenSeconds);
}

const left = (): readonly string[] => {
  pruneSessionLogs(sessions, nowMs, keeping);
  return readdirSync(sessions).toSorted();
};

it('keeps the newest', () => {
  session('a1111', 100_000);
  session('b1111', 300_000);
  session('c1111', 200_000);
  expect(left()).toEqual(['a1111', 'c1111']);
});

it('keeps none for longer than that', () => {
  session('a1111', keeping.longestMs + 1000);
  session('b1111', keeping.longestMs - 1000);
  expect(left()).toEqual(['b1111']);
});

it('never takes a log of a session that lives, has something to undo or has just begun, nor what isn’t ours', () => {
  session('a1111', 1000);
  session('b1111', 2000);
  session('young', 3000);
  session('alive', 900_000, 'journal.jsonl');
  session('dead1', 2_000_000, 'journal.jsonl');
  session('noted', 2_000_000, 'notes.txt');
  mkdirSync(join(sessions, 'empty'));
  expect(left()).toEqual(['a1111', 'alive', 'b1111', 'dead1', 'empty', 'noted', 'young']);
});

it('takes what a session that was killed left beside its log', () => {
  session('killed', keeping.longestMs + 1000, 'torsocks.conf');
  session('alive', keeping.longestMs + 1000, 'torsocks.conf', 'journal.jsonl');
  expect(left()).toEqual(['alive']);
});

it('minds no folder that is not there', () => {
  rmSync(sessions, { recursive: true });
  expect(() => pruneSessionLogs(sessions, nowMs, keeping)).not.toThrow();
  mkdirSync(sessions);
});
