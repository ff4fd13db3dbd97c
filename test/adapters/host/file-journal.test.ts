import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileJournal } from '../../../src/adapters/host/file-journal.ts';
import { pendingUndo, type JournalEntry } from '../../../src/domain/session/undo-journal.ts';
import { journalCluster } from '../../builders/session-builders.ts';

const opened: JournalEntry = {
  kind: 'session-opened',
  sessionId: 'abcde',
  cluster: journalCluster({ kubeconfigList: '/home/änn/\u2028kube:/other' }),
  owner: { pid: 1, startTicks: '2', bootId: 'three', machineId: 'four', pidNamespace: 'five' },
  wallMs: 4,
};
const intended: JournalEntry = { kind: 'lease-intended', name: 'inpod-abcde' };
const deleted: JournalEntry = { kind: 'lease-deleted', name: 'inpod-abcde' };

describe('FileJournal', () => {
  let folder: string;
  let sessions: string;
  let journals: FileJournal;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inpod-journal-'));
    sessions = join(folder, 'state', 'sessions');
    journals = new FileJournal(sessions);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const file = (id = 'abcde'): string => join(sessions, id, 'journal.jsonl');

  it('is on disk, whole, when append resolves', async () => {
    const journal = await journals.open('abcde');
    await journal.append(opened);
    expect(await journals.list()).toEqual([{ sessionId: 'abcde', entries: [opened] }]);
    await journal.append(intended);
    expect((await journals.read('abcde'))?.entries).toEqual([opened, intended]);
  });

  it('is for its owner alone', async () => {
    await (await journals.open('abcde')).append(opened);
    const modes = await Promise.all([file(), join(sessions, 'abcde')].map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o600, 0o700]);
  });

  it('is gone after discard, what else the session wrote is not; discard may be repeated', async () => {
    const journal = await journals.open('abcde');
    await journal.append(opened);
    await writeFile(join(sessions, 'abcde', 'log'), 'log');
    await journal.discard();
    await journal.discard();
    expect(await journals.list()).toEqual([]);
    expect(await journals.read('abcde')).toBeUndefined();
    expect(await readdir(join(sessions, 'abcde'))).toEqual(['log']);
  });

  it.each(['', '{"v":1,"seq":2,"ent', '{"v":1,"seq":2,"entry":{"kind":"lease-del\xff'])(
    'goes on after a tear that left %j',
    async (torn) => {
      const journal = await journals.open('abcde');
      await journal.append(opened);
      await journal.append(intended);
      await appendFile(file(), torn, 'latin1');
      const stored = await journals.read('abcde');
      expect(stored?.entries).toEqual([opened, intended]);
      await (await journals.reopen('abcde', 2)).append(deleted);
      const entries = (await journals.read('abcde'))?.entries ?? [];
      expect(entries).toEqual([opened, intended, deleted]);
      expect(pendingUndo(entries)).toEqual([]);
    },
  );

  it('reopened after somebody else discarded it is discarded again without complaint', async () => {
    await (await journals.open('abcde')).discard();
    await (await journals.reopen('abcde', 1)).discard();
    expect(await journals.list()).toEqual([]);
  });

  describe('list', () => {
    it('is empty where there never was a session', async () => {
      expect(await journals.list()).toEqual([]);
    });

    it('passes over what is no journal or can’t be read', async () => {
      await (await journals.open('abcde')).append(opened);
      await mkdir(file('folder'), { recursive: true });
      await mkdir(join(sessions, 'empty'));
      await writeFile(join(sessions, 'stray-file'), '');
      expect((await journals.list()).map(({ sessionId }) => sessionId)).toEqual(['abcde']);
    });

    it('has a damaged journal as far as it is whole', async () => {
      await (await journals.open('abcde')).append(opened);
      await writeFile(file(), (await readFile(file(), 'utf8')).replace('"wallMs":4', '"wallMs":5'));
      expect(await journals.list()).toEqual([{ sessionId: 'abcde', entries: [] }]);
    });
  });

  it('says where it can’t write, and what to do', async () => {
    await writeFile(join(folder, 'state'), 'a file in the way');
    await expect(journals.open('abcde')).rejects.toMatchObject({
      code: 'STATE_UNWRITABLE',
      hint: expect.stringContaining('XDG_STATE_HOME'),
    });
    await expect(journals.open('abcde')).rejects.toThrow(sessions);
  });

  it('says that a later append failed', async () => {
    const journal = await journals.open('abcde');
    await rm(sessions, { recursive: true });
    await expect(journal.append(opened)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
  });
});
