import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { GuardedProgram } from '../../../src/adapters/measuring/guarded-program.ts';

const environment = { PATH: process.env['PATH'] };
const shell = (script: string, key?: string): GuardedProgram => new GuardedProgram({ argv: ['sh', '-c', script], environment, key });

/** What is dead may wait for whoever inherited it. */
function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'));
}

describe('GuardedProgram', () => {
  it('waits for what the program says, on either of its streams', async () => {
    const program = shell('echo one; echo "port 1234" >&2; exec sleep 60');
    expect((await program.said(/port (\d+)/))[1]).toBe('1234');
    await program.close();
  });

  it('fails with the last line of a program that ended', async () => {
    const program = shell('echo first; echo "error: no such pod" >&2; exit 1');
    await expect(program.said(/never/)).rejects.toMatchObject({ code: 'TUNNEL_LOST', message: 'sh ended: error: no such pod' });
    await program.close();
  });

  it('ends all that the program has started', async () => {
    const program = shell('sleep 60 & echo "pid $!"; sleep 60');
    const [, pid] = await program.said(/pid (\d+)/);
    await program.close();
    // A process that is killed closes its files, which is the end that is seen, a moment before it is gone.
    await vi.waitFor(() => expect(isRunning(Number(pid))).toBe(false), { timeout: 10_000 });
  });

  it('gives a key in a file that nobody else reads, which goes with the program', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inpod-guarded-'));
    const script = '#!/bin/sh\necho "key $2 $(stat -c %a "$2") $(cat "$2") ${INPOD_BENCH_KEY:-unset}."; exec sleep 60\n';
    writeFileSync(join(folder, 'show'), script, { mode: 0o755 });
    const program = new GuardedProgram({ argv: [join(folder, 'show'), 'word'], environment, key: 'secret' });
    const [, file, rest] = await program.said(/key (\S+) (.*)\./);
    expect(rest).toBe('600 secret unset');
    await program.close();
    expect(existsSync(file ?? '')).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
