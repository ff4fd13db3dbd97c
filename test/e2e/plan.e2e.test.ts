import { afterEach, expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod } from './support/run-inpod.ts';
import { swapObjects } from './support/swap-objects.ts';

const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

const removing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of removing.splice(0)) await remove();
});

describeE2e('plan', () => {
  checkLeaks();

  it('tells what a swap would do, and changes nothing', async () => {
    const objects = swapObjects({ name: 'planned', replicas: 1 });
    removing.push(() => admin().removeAll(objects));
    await admin().applyAll(objects);
    await eventually('planned', async () => expect((await admin().readWorkload('Deployment', 'planned')).status?.readyReplicas).toBe(1));
    const before = await admin().readWorkload('Deployment', 'planned');
    const text = await runInpod({ args: ['plan', '--swap', 'planned', '--', 'npm', 'start'] });
    expectRun(text).toMatchObject({ code: 0, stderr: '' });
    for (const line of [
      /^Workload deployment\/planned$/m,
      /^  changed +replicas 1, then 0, and 1 again at the end/m,
      /^  order +it serves until your command does$/m,
      /^  Pod +planned-inpod-\w{5}$/m,
      /^  pod 8080 +goes to your port 8080$/m,
      /^  of the template +COLOUR$/m,
      /^No problem: inpod run would start\. Nothing was changed\.$/m,
    ])
      expect(text.stdout).toMatch(line);
    const json = await runInpod({ args: ['plan', '--swap', 'planned', '-o', 'json'] });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: true,
      workload: { name: 'deployment/planned', replicas: { before: 1, during: 0, after: 1 } },
    });
    expect(await admin().readWorkload('Deployment', 'planned')).toEqual(before);
  });

  it('tells all that stands in the way, with code 1', async () => {
    const lacking = await runInpod({ user: 'viewer', args: ['plan', '--copy', 'web:nginx'] });
    expectRun(lacking).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /Problem: user viewer is not allowed[^]*create pods[^]*Problem: deployment\/web has no container "nginx"/,
      ),
    });
  });
});
