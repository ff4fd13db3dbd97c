import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeStdout } from '../../../src/app/cli/stdout-writer.ts';

/** Runs `use` with a descriptor for `path`. */
function withFile(path: string, use: (descriptor: number) => void): void {
  const descriptor = openSync(path, 'w');
  try {
    use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

describe('writeStdout', () => {
  it('writes all of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inpod-stdout-'));
    const path = join(folder, 'out');
    const text = 'a line\n'.repeat(50_000);
    withFile(path, (descriptor) => writeStdout(text, descriptor));
    expect(readFileSync(path, 'utf8')).toBe(text);
    rmSync(folder, { recursive: true });
  });

  it.runIf(process.platform === 'linux')('says that a disk is full', () => {
    withFile('/dev/full', (descriptor) => {
      expect(() => writeStdout('a report\n', descriptor)).toThrow(
        expect.objectContaining({ code: 'FILE_UNWRITABLE', message: "standard output can't be written: ENOSPC" }),
      );
    });
  });

  it('takes a reader that has gone for one who has enough', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inpod-stdout-'));
    const path = join(folder, 'fifo');
    spawnSync('mkfifo', [path]);
    const reader = openSync(path, 'r+');
    withFile(path, (descriptor) => {
      closeSync(reader);
      expect(() => writeStdout('a report\n', descriptor)).not.toThrow();
    });
    rmSync(folder, { recursive: true });
  });
});
