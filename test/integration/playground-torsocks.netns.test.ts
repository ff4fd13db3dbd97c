import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InstalledProgram, ProgramUser } from '../support/playground-program.ts';
import { isInstalled } from './support/is-installed.ts';

const installed = new InstalledProgram();
const hooked = ['run', '--context', 'playground', '--backend', 'torsocks', '--'];
const asksByPython = `import urllib.request; print(urllib.request.urlopen('http://web').read().decode().splitlines()[0])`;
const asksByNode = `fetch('http://web').then((answer) => answer.text()).then((text) => console.log(text.split('\\n')[0]))`;

beforeAll(() => installed.install());
afterAll(() => installed.remove());

describe.skipIf(!isInstalled('torsocks')).each(['ordinary', 'root'] as const)('torsocks on the playground, as %s', (as) => {
  if (as === 'root' && process.getuid?.() !== 0) return;
  let user: ProgramUser;

  beforeEach(async () => {
    user = new ProgramUser(installed, as);
    await user.start('playground').shows(/Ctrl-C/);
  });
  afterEach(() => user.leave());

  it.each([
    ['curl', ['sh', '-c', 'curl -sS http://web | head -1']],
    ['Python', ['python3', '-c', asksByPython]],
    ['Node', ['node', '-e', asksByNode]],
  ])('carries %s to a Service by its short name', async (_name, command) => {
    expect(await user.run(...hooked, ...command)).toMatchObject({ code: 0, stdout: 'the shop\n' });
  });

  it("has the pod's variables, in two sessions at once", async () => {
    const both = await Promise.all([1, 2].map(() => user.run(...hooked, 'sh', '-c', 'echo $HOSTNAME')));
    for (const one of both) expect(one.stdout).toMatch(/^inpod-\S+\n$/);
    expect(both[0]?.stdout).not.toBe(both[1]?.stdout);
  });

  it('tells that nobody listens, and that a name is unknown', async () => {
    expect((await user.run(...hooked, 'curl', '-sS', 'http://web:81')).code).toBe(7);
    expect((await user.run(...hooked, 'curl', '-sS', 'http://nobody')).code).toBe(6);
  });

  it('lets other pods reach an exposed port, and this machine all that the command listens on', async () => {
    const serves = `require('http').createServer((_, answer) => answer.end('hello from here')).listen(19124, '127.0.0.1')`;
    const server = user.start(
      'run',
      '--context',
      'playground',
      '--backend',
      'torsocks',
      '--name',
      'hello',
      '--expose',
      '19124:80',
      '--',
      'node',
      '-e',
      serves,
    );
    await server.shows(/running node/);
    const asked = await user.run(...hooked, 'curl', '-sS', 'http://hello');
    expect(asked).toMatchObject({ code: 0, stdout: 'hello from here' });
    expect(await (await fetch('http://127.0.0.1:19124')).text()).toBe('hello from here');
  });
});
