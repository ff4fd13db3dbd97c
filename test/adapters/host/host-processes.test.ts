import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostProcesses, watchdogDone } from '../../../src/adapters/host/host-processes.ts';

describe('HostProcesses', () => {
  let folder: string;
  let processes: HostProcesses;
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inpod-processes-'));
    processes = new HostProcesses(join(folder, 'watchdog.js'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const start = (command: string, ...args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    started.push(child);
    return child;
  };
  const startTicksOf = async (pid: number): Promise<string> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return stat.replace(/^.*\) /s, '').split(' ')[19] ?? '';
  };

  describe('a process', () => {
    it('that runs is running, by its own word', async () => {
      const self = await processes.self();
      expect(self.pid).toBe(process.pid);
      expect(self.startTicks).toMatch(/^\d+$/);
      expect(await processes.stateOf(self)).toBe('running');
    });

    it('of another start, or no process at all is dead', async () => {
      const self = await processes.self();
      expect(await processes.stateOf({ ...self, startTicks: `${Number(self.startTicks) + 1}` })).toBe('dead');
      expect(await processes.stateOf({ ...self, pid: 2 ** 30 })).toBe('dead');
    });

    it('is asked from another process namespace in vain', async () => {
      const self = await processes.self();
      expect(self.pidNamespace).toMatch(/^pid:\[\d+\]$/);
      expect(await processes.stateOf({ ...self, pidNamespace: 'pid:[1]' })).toBe('elsewhere');
    });

    it('whose name has spaces and parentheses is found', async () => {
      const child = start('sh', '-c', 'printf "a) R (b" > /proc/$$/comm; echo renamed; read line');
      await once(child.stdout!, 'data');
      expect(await readFile(`/proc/${child.pid}/stat`, 'latin1')).toContain('(a) R (b)');
      const owner = { ...(await processes.self()), pid: child.pid ?? 0, startTicks: await startTicksOf(child.pid ?? 0) };
      expect(await processes.stateOf(owner)).toBe('running');
    });

    it('that ended is dead also while nobody has waited for it', async () => {
      // The shell becomes `sleep`, which doesn't wait for the child that it inherits.
      const parent = start('sh', '-c', 'exec 3<&0; (read line) <&3 3<&- & echo $!; exec sleep 60 3<&-');
      const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
      const pid = Number(line.toString());
      const owner = { ...(await processes.self()), pid, startTicks: await startTicksOf(pid) };
      expect(await processes.stateOf(owner)).toBe('running');
      parent.stdin!.end();
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'latin1'), { timeout: 5000 }).toContain(') Z ');
      expect(await processes.stateOf(owner)).toBe('dead');
    });
  });

  describe('the watchdog', () => {
    const program = (atEnd: string): Promise<void> =>
      writeFile(
        join(folder, 'watchdog.js'),
        `let told = '';
         process.stdin.on('data', (chunk) => (told += chunk)).on('end', () => {
           require('fs').writeFileSync(${JSON.stringify(join(folder, 'report'))}, JSON.stringify({ told, argv: process.argv.slice(2), pid: process.pid }));
           ${atEnd}
         });`,
      );
    const report = async (): Promise<{ told: string; argv: string[]; pid: number }> =>
      JSON.parse(await readFile(join(folder, 'report'), 'utf8')) as { told: string; argv: string[]; pid: number };

    it('is told its session, and at the release that nothing is left; the release waits for its end', async () => {
      await program('setTimeout(() => process.exit(), 100)');
      const watchdog = await processes.startWatchdog('abcde');
      await watchdog.release();
      const { told, argv, pid } = await report();
      expect([told, argv]).toEqual([watchdogDone, ['abcde']]);
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await watchdog.release();
    });

    it('that died before does not hold up a release', async () => {
      await writeFile(join(folder, 'watchdog.js'), 'process.exit(3)');
      const watchdog = await processes.startWatchdog('abcde');
      await watchdog.release();
    });

    it('without its program is an error that says what to do', async () => {
      await expect(processes.startWatchdog('abcde')).rejects.toMatchObject({
        code: 'BINARY_MISSING',
        hint: expect.stringContaining('npm run build'),
      });
    });

    it('that can’t be started is an error of ours', async () => {
      await program('');
      const { execPath } = process;
      process.execPath = '/no/such/node';
      try {
        await expect(processes.startWatchdog('abcde')).rejects.toMatchObject({ code: 'BINARY_MISSING' });
      } finally {
        process.execPath = execPath;
      }
    });
  });
});
