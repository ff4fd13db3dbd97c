import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';

describeForLaptopUsers('the child', (as) => {
  const sh = (script: string, more: object = {}): ReturnType<typeof runInpod> =>
    runInpod({ as, args: ['run', '--', 'sh', '-c', script], ...more });

  it.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('ends with its own exit code: %s', async (script, code) => {
    expect((await sh(script)).code).toBe(code);
  });

  it('that does not exist is 127, that cannot be executed 126', async () => {
    const missing = await runInpod({ as, args: ['run', '--', 'no-such-program'] });
    expectRun(missing).toMatchObject({ code: 127, stdout: '' });
    expect(missing.stderr).toMatch(/no-such-program/);
    const folder = await runInpod({ as, args: ['run', '--', '/etc/passwd'] });
    expectRun(folder).toMatchObject({ code: 126 });
    expect(folder.stderr).toMatch(/\/etc\/passwd/);
  });

  it('has stdin, both outputs apart, folder and umask as without us', async () => {
    const result = await runInpod({
      as,
      args: ['run', '--', 'sh', '-c', 'cat; pwd; umask; echo err >&2'],
      input: 'typed\n',
      cwd: '/usr/share',
      prefix: ['sh', '-c', 'umask 027; exec "$@"', 'sh'],
    });
    expectRun(result).toMatchObject({ code: 0, stdout: 'typed\n/usr/share\n0027\n' });
    expect(result.stderr).toMatch(/^err$/m);
  });

  it('has the descriptors that the caller opened', async () => {
    const path = join(inject('bed').folder, `inherited-${as}`);
    writeFileSync(path, 'from descriptor 3\n');
    const descriptor = openSync(path, 'r');
    try {
      expectRun(await sh('cat <&3', { extraStdio: [descriptor] })).toMatchObject({ code: 0, stdout: 'from descriptor 3\n' });
    } finally {
      closeSync(descriptor);
    }
  });

  it('has the same user, and may open low ports and ping', async () => {
    const { stdout, stderr } = await sh('id -u; python3 -c "import socket; socket.socket().bind((\'\', 80)); print(80)"');
    const user = as === 'root' ? inject('bed').root : inject('bed').ordinary;
    expect(stdout, stderr).toBe(`${user.uid}\n80\n`);
  });

  it('gets signals that we get', async () => {
    const run = startInpod({
      as,
      args: ['run', '--', 'sh', '-c', 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done'],
    });
    await run.shows(/^ready\r?$/m);
    run.kill('SIGTERM');
    expectRun(await run.done).toMatchObject({ code: 9, stdout: 'ready\ncaught\n' });
  });

  it('has the terminal, its size, and Ctrl-C', async () => {
    const run = startInpod({
      as,
      pty: true,
      args: ['run', '--', 'bash', '-c', 'stty size; trap "stty size; exit 4" INT; echo ready; while :; do sleep 0.1; done'],
    });
    await run.shows(/24 80\s+ready/);
    run.resize(40, 120);
    run.write('\x03');
    const { code, stdout } = await run.done;
    expect(stdout).toContain('40 120');
    expect(code).toBe(4);
  });
});
