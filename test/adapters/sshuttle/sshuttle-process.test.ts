import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SshuttleProcess } from '../../../src/adapters/sshuttle/sshuttle-process.ts';

/** What begins each of these programs: they say their pid, and that of the shell that started them. */
const speaks = 'echo "$$ $PPID";';

describe('the process of sshuttle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inpod-sshuttle-process-'));
  const mark = join(folder, 'rules-script-ran');
  afterAll(() => rmSync(folder, { recursive: true }));

  /** @returns the pids of the program and its shell, once it runs */
  const started = async (program: string, { hasRules = true } = {}) => {
    const process = await SshuttleProcess.start(['/bin/sh', '-c', `${speaks} ${program}`], { PATH: '/usr/bin:/bin' });
    if (hasRules) process.leaveRulesTo(`: >'${mark}'`);
    while (!/\d+ \d+/.test(String(process.words))) await new Promise((resolve) => setTimeout(resolve, 5));
    const [pid = 0, shell = 0] = String(process.words).split(/[ ;]/).map(Number);
    return { process, pid, shell };
  };
  const kill = (pid: number): boolean => process.kill(pid, 'SIGKILL');

  it('is ended by SIGTERM, and by nothing that a terminal sends; the rest is left to us', async () => {
    const { process: sshuttle, pid } = await started('exec sleep 600');
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.kill(pid, signal);
    await sshuttle.end();
    await sshuttle.gone;
    expect([sshuttle.mayHaveLeftRules, existsSync(mark)]).toEqual([false, false]);
  });

  it.each([
    ['is awaited', true, ['gone', 'ended']],
    ['is not, while there are no rules,', false, ['ended', 'gone']],
  ])('a process with the rights that lives on %s before it has ended', async (_what, hasRules, order) => {
    const { process: sshuttle } = await started('sleep 3 & exec sleep 600', { hasRules });
    const seen: string[] = [];
    await Promise.all([sshuttle.end().then(() => seen.push('ended')), sshuttle.gone.then(() => seen.push('gone'))]);
    expect(seen).toEqual(order);
  });

  it('is gone when all that it started have ended', async () => {
    const { process: sshuttle, pid } = await started("sh -c 'sleep 0.3; echo undone' & exec sleep 600");
    kill(pid);
    await sshuttle.gone;
    expect(String(sshuttle.words)).toContain('undone');
    await sshuttle.end();
  });

  it('is ended though the shell was killed that should do so', async () => {
    const { process: sshuttle, shell } = await started('exec sleep 600');
    // It gives up its own output once it has told whom it started.
    await expect.poll(() => readlinkSync(`/proc/${shell}/fd/1`)).toBe('/dev/null');
    kill(shell);
    // Node sees it in the turn in which it waits for it.
    await expect.poll(() => existsSync(`/proc/${shell}`)).toBe(false);
    await sshuttle.end();
    await sshuttle.gone;
  });

  it.each([
    ['it ends by itself', 'exit 99', false],
    ['it says that its helper was killed', 'echo "c : fatal: cleanup: [\'sshuttle\'] returned -9"; exit 99', true],
    ['it was killed', 'kill -9 $$', true],
  ])('may have left its rules: %s', async (_what, program, may) => {
    const { process: sshuttle } = await started(program);
    await sshuttle.gone;
    await sshuttle.end();
    expect([sshuttle.mayHaveLeftRules, existsSync(mark)]).toEqual([may, false]);
  });
});
