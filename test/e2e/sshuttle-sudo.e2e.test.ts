import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { isInstalled } from '../integration/support/is-installed.ts';
import { killAtOnce } from '../support/marked-processes.ts';
import { describeE2e, runsAsRoot } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks, sessionProcesses } from './support/leak-check.ts';
import { OwnMachine } from './support/own-machine.ts';
import { startInpod, type InpodRun, type RunningInpod } from './support/run-inpod.ts';

const password = 'correct horse';
const ask = ['curl', '-sS', '-m', '20', 'http://web/'];

describeE2e('sshuttle by sudo', () => {
  checkLeaks();

  describe.skipIf(!runsAsRoot || !isInstalled('sshuttle') || !isInstalled('sudo'))('as an ordinary user, on a machine of its own', () => {
    let machine: OwnMachine;
    let before: string;

    beforeEach(async () => {
      before = await machine.snapshot();
    });
    const isAsBefore = async (): Promise<void> => expect(await machine.snapshot()).toBe(before);
    afterEach(() => eventually('the machine as it was', isAsBefore, 10_000));

    const start = (command: readonly string[], more: Partial<InpodRun> = {}): RunningInpod =>
      startInpod({ place: machine.prefix, args: ['run', '--backend', 'sshuttle', '-v', '--', ...command], ...more });

    describe('whom sudo lets', () => {
      beforeAll(async () => {
        machine = await OwnMachine.open();
        await machine.allowSudo(`${inject('bed').ordinary.name} ALL=(root) NOPASSWD: ALL`);
      });
      afterAll(() => machine.close());

      it('carries names and connections, and leaves nothing', async () => {
        const result = await start(ask).done;
        expectRun(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web-/) });
      });

      it.each([
        ['sshuttle, its helper and inpod', /python3 .*--remote|dist\/inpod\.js/],
        ['sshuttle, its helper, inpod and the shell between', /python3 .*--remote|dist\/inpod\.js|^\d+ \/bin\/sh -c trap/],
      ])('leaves nothing when these are killed at once: %s', async (_what, others) => {
        const session = start(['sleep', '600']);
        await session.shows(/child: pid/);
        expect(await machine.snapshot()).not.toBe(before);
        killAtOnce([...helpers(), ...pidsOf(others)]);
        await session.done;
        await eventually('the rules gone', isAsBefore, 5000);
      });
    });

    describe('whom sudo asks', () => {
      beforeAll(async () => {
        machine = await OwnMachine.open();
        const { name } = inject('bed').ordinary;
        await machine.allowSudo(`${name} ALL=(root) ALL`, { [name]: password });
      });
      afterAll(() => machine.close());

      it('types the password at the terminal, a wrong one first', async () => {
        const session = start(ask, { pty: true });
        for (const [times, typed] of ['wrong', password].entries()) {
          await session.shows(new RegExp(`(?:Password: [^]*){${times + 1}}`));
          session.write(`${typed}\n`);
        }
        expectRun(await session.done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web-/m) });
      });

      it('ends by SIGTERM while sudo waits for the password, and leaves nothing', async () => {
        const session = start(ask, { pty: true });
        await session.shows(/Password: /);
        const since = performance.now();
        const [pid = 0] = pidsOf(/^\d+ node .*dist\/inpod\.js/);
        process.kill(pid, 'SIGTERM');
        const { code, stdout } = await session.done;
        expect([code, stdout]).toEqual([143, expect.not.stringMatching(/doesn't end/)]);
        expect(performance.now() - since).toBeLessThan(10_000);
      });

      it('is told of tun where there is no terminal', async () => {
        const result = await start(ask).done;
        expectRun(result).toMatchObject({ code: 125, stdout: '' });
        expect(result.stderr).toContain('sudo wants a password, and there is no terminal');
        expect(result.stderr).toContain('--backend tun');
      });
    });
  });
});

function pidsOf(pattern: RegExp): readonly number[] {
  const found = sessionProcesses().filter((line) => pattern.test(line));
  return found.map((line) => Number(line.split(' ')[0]));
}

/** Those with the rights, root's: sudo takes the mark from them. */
function helpers(): readonly number[] {
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && /python3\0\S*sshuttle\0.*--firewall/.test(commandLine(pid)));
  expect(found).not.toEqual([]);
  return found.map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it ended meanwhile
  }
}
