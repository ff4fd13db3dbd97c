import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../src/adapters/host/make-folders.ts';

describe('makeFolders', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-folders-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes all that are missing, with their mode, and takes what is there', () => {
    const path = join(folder, 'a', 'b', 'c');
    makeFolders(path, 0o700);
    makeFolders(path, 0o700);
    for (const one of [path, join(folder, 'a')]) expect(statSync(one).mode & 0o777).toBe(0o700);
  });

  it('fails below a file, and where a file system takes no folders', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolders(join(folder, 'file', 'a'), 0o700)).toThrow(/ENOTDIR/);
    expect(() => makeFolders('/proc/inpod/sessions', 0o700)).toThrow(/ENOENT|EACCES|EPERM/);
  });
});
