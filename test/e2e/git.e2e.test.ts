import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod } from './support/run-inpod.ts';
import { startSshServer } from './support/ssh-server.ts';

describeForLaptopUsers('git', (as) => {
  it('fetches over ssh', async () => {
    const { folder, ordinary, root } = inject('bed');
    const work = mkdtempSync(join(folder, 'git-'));
    chmodSync(work, 0o755);
    const repository = join(work, 'origin.git');
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], { encoding: 'utf8', cwd: work });
    git('init', '--bare', repository);
    const tree = git('--git-dir', repository, 'mktree', '--missing').trim();
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    const commit = git(...identity, '--git-dir', repository, 'commit-tree', '-m', 'first', tree).trim();
    git('--git-dir', repository, 'update-ref', 'refs/heads/main', commit);
    execFileSync('chown', ['-R', `${ordinary.uid}:${ordinary.gid}`, repository]);

    const server = await startSshServer(work, ordinary.name);
    try {
      const user = as === 'root' ? root : ordinary;
      const key = join(work, 'client-key');
      chownSync(key, user.uid, user.gid);
      const config = join(work, 'ssh-command');
      writeFileSync(config, `#!/bin/sh\nexec ssh -i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$@"\n`, {
        mode: 0o755,
      });
      const url = `ssh://${ordinary.name}@${server.address}:${server.port}${repository}`;
      const script = `git init -q clone && cd clone && git fetch -q ${url} main && git rev-parse FETCH_HEAD`;
      const result = await runInpod({ as, args: ['run', '--', 'sh', '-c', script], env: { GIT_SSH: config } });
      expectRun(result).toMatchObject({ code: 0, stdout: `${commit}\n` });
    } finally {
      await server.stop();
    }
  });
});
