import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';

const variables = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    stdout
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );

describeForLaptopUsers('the environment', (as) => {
  it("is the pod's over the laptop's, but for what belongs to this machine", async () => {
    const run = startInpod({ as, args: ['run', '--name', 'envy', '--env', 'MINE=a b', '--', 'env', '-0'], env: { LAPTOP_ONLY: 'here' } });
    const { stdout, code } = await run.done;
    const seen = variables(stdout);
    expect(code).toBe(0);
    expect(seen).toMatchObject({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      HOSTNAME: 'envy',
      INPOD_POD: 'envy',
      TELEPRESENCE_POD: 'envy',
      LAPTOP_ONLY: 'here',
      MINE: 'a b',
      TERM: 'xterm',
    });
    expect(seen['WEB_SERVICE_HOST']).toMatch(/^10\.96\./);
    expect(seen['INPOD_SESSION']).toMatch(/^[a-z][a-z0-9]{4}$/);
    expect(seen['PATH']).toContain('/usr/local/sbin');
    expect(Object.keys(seen).filter((name) => name.startsWith('INPOD_CONFIG'))).toEqual([]);
  });

  it('leaves out what --env-exclude names', async () => {
    const { stdout } = await runInpod({ as, args: ['run', '--env-exclude', 'KUBERNETES_*', '--', 'env', '-0'] });
    expect(Object.keys(variables(stdout)).filter((name) => name.startsWith('KUBERNETES_'))).toEqual([]);
  });

  it('is written out exactly, several lines too, for nobody else to read', async () => {
    const value = `line 1\nline 2 'quoted' "twice" $HOME \`date\` \\ ä\n`;
    const args = ['run', '--env', `TRICKY=${value}`, '--env-json', 'env.json', '--env-file', 'pod.env', '--', 'true'];
    const run = startInpod({ as, args });
    expectRun(await run.done).toMatchObject({ code: 0 });
    const json = JSON.parse(await readFile(join(run.state, 'env.json'), 'utf8')) as Record<string, string>;
    expect(json).toMatchObject({ TRICKY: value, KUBERNETES_SERVICE_HOST: '10.96.0.1' });
    for (const file of ['env.json', 'pod.env']) expect((await stat(join(run.state, file))).mode & 0o777, file).toBe(0o600);
    const shell = await runInpod({
      as,
      args: ['run', '--', 'sh', '-c', 'set -a; . "$0"; printf %s. "$TRICKY"', join(run.state, 'pod.env')],
    });
    expect(shell.stdout).toBe(`${value}.`);
  });

  it.each(['--env-file', '--env-json'])('is never written by %s over a file that is not ours', async (flag) => {
    const args = ['run', '--', 'sh', '-c', 'echo precious >notes.txt'];
    const first = startInpod({ as, args });
    expectRun(await first.done).toMatchObject({ code: 0 });
    const second = await runInpod({ as, args: ['run', flag, 'notes.txt', '--', 'true'], cwd: first.state });
    expectRun(second).toMatchObject({ code: 125, stdout: '' });
    expect(second.stderr).toMatch(/notes\.txt.*OUTPUT_EXISTS/);
    expect(await readFile(join(first.state, 'notes.txt'), 'utf8')).toBe('precious\n');
  });
});
