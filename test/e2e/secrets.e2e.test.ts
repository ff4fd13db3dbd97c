import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { startInpod } from './support/run-inpod.ts';

describeForLaptopUsers('secrets', (as) => {
  it('reach no log, no message and no journal', async () => {
    const env = { LAPTOP_PASSWORD: 'laptop-secret-1234' };
    const args = [
      'run',
      '-v',
      '-o',
      'json',
      '--env',
      'PASSWORD=flag-secret-1234',
      '--logfile',
      'run.log',
      '--',
      'sh',
      '-c',
      'find "$XDG_STATE_HOME" -type f -exec cat {} +',
    ];
    const run = startInpod({ as, args, env });
    const { code, stderr, stdout } = await run.done;
    expect(code, stderr).toBe(0);
    const log = readFileSync(join(run.state, 'run.log'), 'utf8');
    expect(log).toContain('child-started');
    // The command printed all files of the state folder while the session ran: the journal is among them.
    expect(stdout).toContain('session-opened');
    const written = filesBelow(run.state).map((path) => readFileSync(path, 'latin1'));
    for (const text of [stderr, stdout, log, ...written]) {
      for (const secret of ['developer-token', 'laptop-secret-1234', 'PRIVATE KEY', '10.96.0.1:443']) expect(text).not.toContain(secret);
    }
    // What was typed on the command line isn't ours to hide from its own echo, but a value of a variable is.
    expect(log).not.toContain('flag-secret-1234');
  });

  it('log is for its owner alone', async () => {
    const run = startInpod({ as, args: ['run', '--', 'true'] });
    await run.done;
    const logs = filesBelow(run.state).filter((path) => path.endsWith('log.jsonl'));
    expect(logs).toHaveLength(1);
    for (const path of logs) expect(statSync(path).mode & 0o077).toBe(0);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
