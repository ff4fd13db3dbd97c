import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InstalledProgram, ProgramUser } from '../support/playground-program.ts';

const installed = new InstalledProgram();
const inShop = ['run', '--context', 'playground'];
const shopPage = 'the shop\nkettle   24.90  3 in stock\nmug       7.50  12 in stock\ntea       4.20  sold out\n';

/** Prints what each of many requests to the shop brought, one a line. */
const asksAgainAndAgain = `const ask = () => fetch('http://web', { signal: AbortSignal.timeout(2000) })
  .then((answer) => answer.text()).then(() => 'came', () => 'failed').then(console.log).then(() => setTimeout(ask, 50)); ask();`;

const servesHello = `require('http').createServer((_, answer) => answer.end('hello from ' + process.env.HOSTNAME)).listen(9123, '127.0.0.1')`;

/** As a program of the shop would: its port is a variable of the pod. */
const servesInPlace = `require('http').createServer((_, answer) => answer.end('in place')).listen(process.env.PORT)`;

beforeAll(() => installed.install());
afterAll(() => installed.remove());

describe.each(['ordinary', 'root'] as const)('the playground, as %s', (as) => {
  if (as === 'root' && process.getuid?.() !== 0) return;
  let user: ProgramUser;

  beforeEach(() => {
    user = new ProgramUser(installed, as);
  });
  afterEach(() => user.leave());

  describe('while it runs', () => {
    beforeEach(() => user.start('playground').shows(/Ctrl-C/));

    it("carries the main job without any kubeconfig: a Service by its short name, the pod's variables", async () => {
      const answer = await user.run(...inShop, '--', 'sh', '-c', 'curl -s http://web; echo $HOSTNAME $WEB_SERVICE_HOST $WEB_SERVICE_PORT');
      expect(answer).toMatchObject({ code: 0 });
      expect(answer.stdout).toMatch(new RegExp(`^${shopPage}inpod-\\S+ 10\\.43\\.0\\.\\d+ 80\n$`));
      expect(answer.stderr.split('\n')[0]).toMatch(/^inpod: cluster playground, namespace shop, user \S+$/);
    });

    it('sends its bytes through the TUN', async () => {
      const capture = join(user.home, 'tun.pcap');
      const run = await user.run(...inShop, '--pcap', capture, '--', 'curl', '-s', 'http://web/?through=the-tun');
      expect(run).toMatchObject({ code: 0, stdout: shopPage });
      const bytes = readFileSync(capture, 'latin1');
      expect(bytes).toContain('GET /?through=the-tun HTTP/1.1\r\nHost: web\r\n');
      expect(bytes).toContain('12 in stock');
    });

    it('runs the very agent of clusters, and stops when it is killed', async () => {
      const run = user.start(
        ...inShop,
        '--',
        'node',
        '-e',
        `process.on('SIGTERM', () => { console.log('asked to end'); process.exit(); }); ${asksAgainAndAgain}`,
      );
      await run.shows(/came\n/);
      const [agent] = user.podProcesses().filter(({ argv }) => argv.at(-1) === 'agent.cjs' && argv[0] === process.execPath);
      expect(sha256(join(agent?.cwd ?? '', 'agent.cjs'))).toBe(sha256(installed.agent));
      process.kill(agent?.pid ?? 0, 'SIGKILL');
      const { code, stdout, stderr } = await run.done;
      expect(code).toBe(125);
      expect(stderr).toContain('(POD_GONE)');
      expect(stdout).toMatch(/asked to end\n$/);
      expect(stdout).not.toMatch(/failed[^]*came/);
    });

    it('lets other pods reach an exposed port by the Service of its pod', async () => {
      const server = user.start(...inShop, '--name', 'hello', '--expose', '9123:80', '--', 'node', '-e', servesHello);
      await server.shows(/port 9123 of your command is on/);
      await expect(user.run(...inShop, '--', 'curl', '-s', 'http://hello')).resolves.toMatchObject({ code: 0, stdout: 'hello from hello' });
    });

    it('has the shop answer by a program in its place, and by itself again when that ends', async () => {
      const server = user.start(...inShop, '--swap', 'deploy/web', '-n', 'shop', '--no-publish', '--', 'node', '-e', servesInPlace);
      await server.shows(/deployment\/web is at 0; what comes for web goes to your command/);
      await expect(user.run(...inShop, '--', 'curl', '-s', 'http://web')).resolves.toMatchObject({ code: 0, stdout: 'in place' });
      const second = await user.run(...inShop, '--swap', 'web', '--', 'true');
      expect(second).toMatchObject({ code: 125, stderr: expect.stringMatching(/deployment\/web is taken by \S+@\S+ \(session \w{5}\)/) });
      server.kill('SIGTERM');
      await expect(server.done).resolves.toMatchObject({ code: 143 });
      await expect(user.run(...inShop, '--', 'curl', '-s', 'http://web')).resolves.toMatchObject({ code: 0, stdout: shopPage });
    });

    it('says which workloads there are', async () => {
      const run = await user.run(...inShop, '--swap', 'sts/web', '--', 'true');
      expect([run.code, run.stderr]).toEqual([
        125,
        expect.stringMatching(/there is no statefulset\/web in the namespace[^]*hint: there are: stock, catalog, web/),
      ]);
    });

    it('takes away all that a session made', async () => {
      await user.run(...inShop, '--name', 'once', '--expose', '80', '--', 'true');
      expect(user.podProcesses().map(({ cwd }) => cwd)).not.toContainEqual(expect.stringContaining('once'));
      const run = await user.run(...inShop, '--', 'curl', '-s', 'http://once');
      expect(run.code).toBe(6); // curl's: the name is unknown
    });

    it('has what a killed session made taken away by its watchdog', async () => {
      const run = user.start(...inShop, '--name', 'killed', '--', 'sleep', '60');
      await run.shows(/running sleep/);
      const ofSession = (): number => user.podProcesses().filter(({ cwd }) => cwd.includes('killed')).length;
      expect(ofSession()).toBeGreaterThan(0);
      run.kill('SIGKILL');
      await expect.poll(ofSession, { timeout: 10_000 }).toBe(0);
      await expect(user.run('restore')).resolves.toMatchObject({ code: 0 });
    });

    it('is the only one of its user', async () => {
      const second = await user.run('playground');
      expect(second).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^inpod: you have a playground.*process \d+\) \(CONFLICT\)\nhint: /),
      });
    });

    it('has a namespace that is not there refused by name', async () => {
      const run = await user.run('run', '--context', 'playground', '-n', 'nowhere', '--', 'true');
      expect(run).toMatchObject({ code: 125, stderr: expect.stringContaining('there are: default, shop') });
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing after %s', async (signal) => {
    const playground = user.start('playground', '-o', 'json');
    await playground.shows(/"kind":"playground-ready"/);
    expect(user.podProcesses().length).toBeGreaterThanOrEqual(3);
    playground.kill(signal);
    await expect(playground.done).resolves.toMatchObject({ code: 0, stderr: expect.stringMatching(/"playground-ended"\}\n$/) });
    expect(user.podProcesses()).toEqual([]);
    expect(existsSync(user.playgroundFolder)).toBe(false);
  });

  it('takes its pods along when it is killed; the next one replaces what it left', async () => {
    const playground = user.start('playground');
    await playground.shows(/Ctrl-C/);
    const run = user.start(...inShop, '--', 'sleep', '60');
    await run.shows(/running sleep/);
    playground.kill('SIGKILL');
    await expect(run.done).resolves.toMatchObject({ code: 125, stderr: expect.stringMatching(/and the playground with it \(POD_GONE\)/) });
    await expect.poll(() => user.podProcesses()).toEqual([]);
    await user.start('playground').shows(/Ctrl-C/);
    await expect(user.run(...inShop, '--', 'curl', '-s', 'http://web')).resolves.toMatchObject({ code: 0, stdout: shopPage });
  });

  it('says what to do where none runs', async () => {
    const run = await user.run(...inShop, '--', 'true');
    expect(run.code).toBe(125);
    expect(run.stderr).toContain('no playground runs (API_UNREACHABLE)\nhint: start one in another terminal: inpod playground\n');
  });
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
