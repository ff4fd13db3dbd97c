import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { isInstalled } from '../integration/support/is-installed.ts';
import { killAtOnce } from '../support/marked-processes.ts';
import { newestSshuttle } from '../support/newest-sshuttle.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e, runsAsRoot } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks, sessionProcesses } from './support/leak-check.ts';
import { OwnMachine } from './support/own-machine.ts';
import { runInpod, startInpod, type RunningInpod } from './support/run-inpod.ts';

const sshuttle = ['run', '--backend', 'sshuttle'];

/** Prints the first line of what the command's arguments print, each after its name. */
const asks = (...commands: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  commands.map((command) => `printf '%s\\n' "$(${command} 2>&1 | head -n 1)"`).join('\n'),
];

describeE2e('sshuttle', () => {
  checkLeaks();

  it('without root and without a terminal is refused, with the backend that would do', async () => {
    const result = await runInpod({ args: [...sshuttle, '--', 'true'] });
    expectRun(result).toMatchObject({ code: 125, stdout: '' });
    expect(result.stderr).toMatch(/sshuttle (changes this machine's rules, for which it must be root|is not installed)/);
    expect(result.stderr).toContain('--backend tun');
  });

  describe.skipIf(!runsAsRoot || !isInstalled('sshuttle'))('as root, on a machine of its own', () => {
    let machine: OwnMachine;
    let before: string;

    beforeAll(async () => {
      machine = await OwnMachine.open();
      await machine.startOffice({ 'intranet.office.example': '10.99.0.77', 'db.cloud.example': '10.99.0.78' });
    });
    afterAll(() => machine.close());
    beforeEach(async () => {
      before = await machine.snapshot();
    });
    const isAsBefore = async (): Promise<void> => expect(await machine.snapshot()).toBe(before);
    afterEach(() => eventually('the machine as it was', isAsBefore, 10_000));

    const run = (args: readonly string[], command: readonly string[]): ReturnType<typeof runInpod> =>
      runInpod({ as: 'root', prefix: machine.prefix, args: [...sshuttle, ...args, '--', ...command] });
    const start = (...command: readonly string[]): RunningInpod =>
      startInpod({ as: 'root', prefix: machine.prefix, args: [...sshuttle, '-v', '--', ...command] });

    it('carries names of every kind and connections to Services, for a static program too', async () => {
      const { clients, kubeconfigs, web } = inject('bed');
      const [pod] = await new ClusterAdmin(kubeconfigs.admin).podNames('default', 'app=web');
      const urls = [
        'http://web/',
        'http://web.default/',
        'http://web.default.svc/',
        'http://web.default.svc.cluster.local./',
        `http://${web.ipv4}/`,
      ];
      const commands = [
        ...urls.map((url) => `curl -sS -m 20 ${url}`),
        'curl -6 -sS -m 20 http://web/',
        `${join(clients, 'static-go-client')} http://web/`,
        'getent ahostsv4 db.cloud.example',
        'getent ahostsv4 intranet',
        'getent hosts nobody; echo unknown',
      ];
      const result = await run([], asks(...commands));
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stdout.trim().split('\n')).toEqual([
        ...urls.map(() => pod),
        pod,
        pod,
        expect.stringMatching(/^198\.51\.100\.10 /),
        expect.stringMatching(/^10\.99\.0\.77 .*intranet\.office\.example/),
        'unknown',
      ]);
    });

    it('leaves names to this machine that it is told to, though the cluster knows them too', async () => {
      const result = await run(
        ['--never-proxy', 'db.cloud.example', '-v'],
        asks('getent ahostsv4 db.cloud.example', 'curl -sS -m 20 http://web/'),
      );
      expectRun(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^10\.99\.0\.78 .*\nweb-/) });
      expect(result.stderr).toMatch(/name db\.cloud\.example A: by this machine's resolver/);
      expect(result.stderr).not.toMatch(/UNSUPPORTED/);
    });

    it('says which side answered a name, and once that an address of the cluster’s is reached from this machine', async () => {
      const command = asks('getent ahostsv4 db.cloud.example', 'getent ahostsv4 intranet.office.example', 'getent ahostsv4 nobody.example');
      const result = await run(['-v'], command);
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stderr).toMatch(/name db\.cloud\.example A: by the cluster's resolver/);
      expect(result.stderr).toMatch(/name intranet\.office\.example A: by this machine's resolver/);
      expect(result.stderr).toMatch(/name nobody\.example A: no such name, by the cluster's resolver/);
      expect(result.stderr.match(/\(UNSUPPORTED\)/g)).toHaveLength(1);
      expect(result.stderr).toMatch(
        /db\.cloud\.example is at 198\.51\.100\.10, as the cluster's DNS says.*\(UNSUPPORTED\)\nhint: --also-proxy db\.cloud\.example/,
      );
    });

    it('says nothing of an address that --also-proxy leads to the cluster', async () => {
      const result = await run(['--also-proxy', 'db.cloud.example'], asks('getent ahostsv4 db.cloud.example'));
      expectRun(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^198\.51\.100\.10 /) });
      expect(result.stderr).not.toMatch(/UNSUPPORTED/);
    });

    it.skipIf(newestSshuttle === undefined)('of PyPI’s newest kind carries names and connections too', async () => {
      const words = ['sh', '-c', 'ps -eo args; curl -sS -m 20 http://web.default/; curl -6 -sS -m 20 http://web/'];
      const env = { PATH: [newestSshuttle, process.env['PATH']].join(':') };
      const result = await runInpod({ as: 'root', env, prefix: machine.prefix, args: [...sshuttle, '--', ...words] });
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stdout).toMatch(/sshuttle-newest\/bin\/sshuttle .*--remote[^]*\n(web-\S+)\n\1\n$/);
    });

    it('leaves to this machine what it is told to, and the API server', async () => {
      const flags = ['--also-proxy', '198.51.100.0/28', '--also-proxy', 'www.cloud.example', '--never-proxy', '10.96.77.0/24'];
      const { stdout, stderr } = await run(flags, ['nft', 'list', 'ruleset']);
      expect(stdout, stderr).toMatch(/ip daddr 198\.51\.100\.0\/28 redirect/);
      expect(stdout).toMatch(/ip daddr 10\.96\.77\.0\/24 return/);
      expect(stdout).toMatch(/ip daddr 198\.18\.0\.2 return/);
    });

    it.each<readonly [readonly (keyof typeof programs)[]]>([
      [['inpod']],
      [['sshuttle', 'inpod']],
      [['helper', 'sshuttle', 'inpod']],
      [['helper', 'sshuttle', 'holder', 'inpod']],
    ])('leaves nothing when these are killed at once: %j', async (killed) => {
      const session = start('sleep', '600');
      await session.shows(/child: pid/);
      expect(await machine.snapshot()).not.toBe(before);
      killAtOnce(killed.flatMap(pidsOf));
      await session.done;
      await eventually('the rules gone', isAsBefore, 5000);
    });

    it('killed with all that could take its rules back, leaves what `inpod restore` takes back', async () => {
      const session = start('sleep', '600');
      await session.shows(/child: pid/);
      killAtOnce((['helper', 'sshuttle', 'holder', 'watchdog', 'inpod'] as const).flatMap(pidsOf));
      await session.done;
      expect(await machine.snapshot()).not.toBe(before);
      const restored = await runInpod({ as: 'root', prefix: machine.prefix, args: ['restore'], env: { XDG_STATE_HOME: session.state } });
      expectRun(restored).toMatchObject({ code: 0 });
      expect(restored.stdout).toMatch(/: took sshuttle's rules of port \d+ back; deleted Lease /);
      await isAsBefore();
    });

    const endings: readonly (readonly [string, () => void])[] = [
      ['sshuttle is killed', () => killAtOnce(pidsOf('sshuttle'))],
      ['sshuttle and its helper are killed at once', () => killAtOnce([...pidsOf('helper'), ...pidsOf('sshuttle')])],
      ['the path to the cluster is cut', () => machine.cutConnections()],
    ];
    it.each(endings)('comes back when %s', async (_what, act) => {
      const session = start('sleep', '600');
      await session.shows(/child: pid/);
      // The whole machine is changed: any program of it reaches the cluster.
      const ask = (): Promise<string> => machine.run('curl', '-sS', '-m', '20', 'http://web/');
      expect(await ask()).toMatch(/^web-/);
      act();
      await session.shows(/sshuttle ended, and is started again/);
      await eventually('the cluster again', async () => expect(await ask()).toMatch(/^web-/), 30_000);
      session.kill('SIGTERM');
      expectRun(await session.done).toMatchObject({ code: 143 });
    });
  });
});

/** What a session with sshuttle runs on this machine. */
const programs = {
  inpod: /dist\/inpod\.js/,
  watchdog: /dist\/watchdog\.js/,
  holder: /^\d+ \/bin\/sh -c trap/,
  sshuttle: /python3 \S*sshuttle .*--remote/,
  helper: /python3 \S*sshuttle .*--firewall/,
} as const;

/** Of the sessions of this run. */
function pidsOf(program: keyof typeof programs): readonly number[] {
  const pids = sessionProcesses()
    .filter((line) => programs[program].test(line))
    .map((line) => Number(line.split(' ')[0]));
  expect(pids, program).not.toEqual([]);
  return pids;
}
