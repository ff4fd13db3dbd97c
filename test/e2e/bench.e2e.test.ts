import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BenchmarkReport } from '../../src/domain/benchmark/benchmark-report.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';

/** As little as gives figures. */
const brief = ['bench', '-o', 'json', '--rounds', '1', '--duration', '0.2'];
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

describeE2e('inpod bench, as an ordinary user', () => {
  checkLeaks();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inpod-bench-'));
    chmodSync(folder, 0o777);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each(['developer', 'teammate'] as const)('measures each backend through the cluster, and leaves nothing, as %s', async (user) => {
    const plot = join(folder, 'bench.svg');
    const where = user === 'teammate' ? ['-n', 'shop'] : [];
    const result = await runInpod({ user, args: [...brief, ...where, '--plot', plot] });
    expectRun(result).toMatchObject({ code: 0 });
    const { ok, paths } = JSON.parse(result.stdout) as BenchmarkReport & { ok: boolean };
    expect(ok).toBe(true);
    for (const name of ['tun', 'torsocks']) {
      const path = paths.find((one) => one.name === name);
      expect(path).toMatchObject({ kind: 'backend', outcome: 'measured', runs: 1 });
      for (const [figure, value] of Object.entries(path?.figures ?? {})) expect(value, figure).toBeGreaterThan(0);
    }
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  it('tells where a peer fails, which ends nothing', async () => {
    const kubectl = join(folder, 'kubectl');
    writeFileSync(kubectl, '#!/bin/sh\necho "error: not today" >&2\nexit 1\n', { mode: 0o755 });
    const result = await runInpod({
      args: [...brief, '--backend', 'tun'],
      env: { PATH: `${folder}:${systemPath}` },
    });
    expectRun(result).toMatchObject({ code: 0 });
    const { paths } = JSON.parse(result.stdout) as BenchmarkReport;
    const forward = paths.find(({ name }) => name === 'kubectl port-forward');
    expect(forward).toMatchObject({ outcome: 'failed', reason: 'kubectl ended: error: not today', runs: 0 });
    expect(paths.find(({ name }) => name === 'tun')).toMatchObject({ outcome: 'measured' });
  });

  it('ends by Ctrl-C', async () => {
    const running = startInpod({ args: [...brief, '--rounds', '50', '--backend', 'tun'] });
    await running.shows(/"path-measured"/);
    running.kill('SIGINT');
    expectRun(await running.done).toMatchObject({ code: 130, stdout: '' });
  });

  it('leaves nothing when it is killed', async () => {
    const running = startInpod({ args: [...brief, '--rounds', '50', '--backend', 'tun'] });
    await running.shows(/"path-measured"/);
    running.kill('SIGKILL');
    await running.done;
  });
});
