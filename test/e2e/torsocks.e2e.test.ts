import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { countProcesses } from '../integration/support/count-processes.ts';
import { describeE2e, runsAsRoot } from './support/e2e-environment.ts';
import { checkLeaks } from './support/leak-check.ts';
import { expectRun } from './support/expect-run.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { withoutUserNamespaces } from './support/without-user-namespaces.ts';
import { runInpod, startInpod, type InpodResult } from './support/run-inpod.ts';

const torsocks = ['run', '--backend', 'torsocks'];

const clients: readonly (readonly [string, (folder: string) => readonly string[]])[] = [
  ['curl', () => ['curl', '-sS']],
  ['Python', (folder) => ['python3', join(folder, 'client.py')]],
  ['Node', (folder) => [process.execPath, join(folder, 'client.mjs')]],
  ['Java', (folder) => ['java', join(folder, 'Client.java')]],
];

describeForLaptopUsers('torsocks', (as) => {
  const run = (...command: readonly string[]): Promise<InpodResult> => runInpod({ as, args: [...torsocks, '--', ...command] });

  it.each(clients)('carries a client written for %s to a Service by its name', async (_name, command) => {
    const { clients: folder, kubeconfigs } = inject('bed');
    const [pod] = await new ClusterAdmin(kubeconfigs.admin).podNames('default', 'app=web');
    expectRun(await run(...command(folder), 'http://web/')).toMatchObject({ code: 0, stdout: `${pod}\n` });
  });

  it('says which side answered a name', async () => {
    const command = ['sh', '-c', 'curl -sS http://web/; getent hosts nobody.example; true'];
    const result = await runInpod({ as, args: [...torsocks, '-v', '--', ...command] });
    expectRun(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web-/) });
    expect(result.stderr).toMatch(/name web\.default\.svc\.cluster\.local A: by the cluster's resolver/);
    expect(result.stderr).toMatch(/name nobody\.example A: no such name, by the cluster's resolver/);
  });

  it('carries several sessions at once', async () => {
    const results = await Promise.all(['default', 'shop'].map((namespace) => run('curl', '-sS', `http://web.${namespace}/`)));
    for (const result of results) expectRun(result).toMatchObject({ code: 0 });
    expect(results[0]?.stdout).not.toBe(results[1]?.stdout);
  });

  it('lets the cluster reach a port of the command', async () => {
    const server = `require('http').createServer((_, answer) => answer.end('hello from here')).listen(18123, '127.0.0.1')`;
    const serving = startInpod({
      as,
      args: [...torsocks, '--name', `torsocks-${as}`, '--expose', '18123:80', '--', process.execPath, '-e', server],
    });
    await serving.shows(/running/);
    const result = await run('curl', '-sS', '--retry', '20', '--retry-connrefused', '--retry-delay', '1', `http://torsocks-${as}/`);
    expectRun(result).toMatchObject({ code: 0, stdout: 'hello from here' });
    serving.kill('SIGTERM');
    await serving.done;
  });

  it.each([
    ['a static program', (folder: string) => [join(folder, 'static-go-client')], /static-go-client is (a Go program|statically linked)/],
    ['dig', () => ['dig', 'web'], /dig asks name servers by itself, over UDP/],
    ['ping', () => ['ping', '-c1', 'web'], /ping (sends packets that are no TCP|has file capabilities|is a setuid program)/],
  ] as const)('refuses %s, with the backend that would do', async (_name, command, message) => {
    const result = await run(...command(inject('bed').clients), 'http://web/');
    expectRun(result).toMatchObject({ code: 126, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toContain('--backend tun');
  });

  it('leaves no process of a session that was killed', async () => {
    const marker = `inpod-torsocks-${as}-${process.pid}`;
    const leaves = `setsid sh -c "while :; do sleep 1; done" ${marker} & echo started; exec sleep 600`;
    const session = startInpod({ as, args: [...torsocks, '--', 'sh', '-c', leaves] });
    await session.shows(/^started$/m);
    await eventually('the daemon', () => expect(countProcesses(marker)).toBeGreaterThan(0));
    session.kill('SIGKILL');
    await session.done;
    await eventually('the daemon ended', () => expect(countProcesses(marker)).toBe(0), 10_000);
  });
});

describeE2e('a machine that forbids user namespaces', () => {
  checkLeaks();

  describe.skipIf(!runsAsRoot)('as an ordinary user', () => {
    it('has torsocks by itself, and says so', async () => {
      const result = await runInpod({ args: ['run', '-v', '--', 'curl', '-sS', 'http://web/'], prefix: withoutUserNamespaces });
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stdout).toMatch(/^web-/);
      expect(result.stderr).toMatch(/backend torsocks: tun can't work here: /);
    });

    it('refuses a static program, with what would let tun work', async () => {
      const command = [join(inject('bed').clients, 'static-go-client'), 'http://web/'];
      const result = await runInpod({ args: ['run', '--', ...command], prefix: withoutUserNamespaces });
      expectRun(result).toMatchObject({ code: 126, stdout: '' });
      expect(result.stderr).toMatch(/hint: the backend tun carries every program[^]*user\.max_user_namespaces/);
    });
  });
});
