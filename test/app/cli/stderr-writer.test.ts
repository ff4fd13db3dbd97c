import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeStderr } from '../../../src/app/cli/stderr-writer.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inpod-stderr-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A pipe in which both ends are here; the writer's doesn't block, as another program may have left it. */
function pipe(): { reader: number; writer: number } {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

describe('words to standard error', () => {
  it('are written whole', () => {
    const path = join(folder, 'out');
    const file = openSync(path, 'w');
    writeStderr('größe\n', file);
    closeSync(file);
    expect(readFileSync(path, 'utf8')).toBe('größe\n');
  });

  it('are dropped where nobody reads any more', () => {
    const { reader, writer } = pipe();
    closeSync(reader);
    expect(() => writeStderr('lost\n', writer)).not.toThrow();
    closeSync(writer);
  });

  it('are dropped, after a while, where the pipe stays full', () => {
    const { reader, writer } = pipe();
    writeStderr('x'.repeat(1024 * 1024), writer);
    expect(readSync(reader, new Uint8Array(10))).toBe(10);
    closeSync(reader);
    closeSync(writer);
  });

  it('are dropped where it is closed', () => {
    expect(() => writeStderr('lost\n', 9999)).not.toThrow();
  });
});
