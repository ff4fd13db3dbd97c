import { expect, it } from 'vitest';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';
import { swapObjects } from './support/swap-objects.ts';
import { admin, makeWorkload } from './support/swap-workloads.ts';

describeE2e('copy', () => {
  checkLeaks();

  it('has the workload’s variables and its sidecars, and none of its traffic', async () => {
    const sidecar = {
      name: 'sidecar',
      image: 'node:24-slim',
      imagePullPolicy: 'IfNotPresent',
      command: ['node', '-e', `require('http').createServer((_, answer) => answer.end('sidecar')).listen(7070, '127.0.0.1')`],
    };
    await makeWorkload({ name: 'copied', replicas: 1, sidecars: [sidecar] });
    await eventually('copied', async () => expect((await admin().readWorkload('Deployment', 'copied')).status?.readyReplicas).toBe(1));
    const before = await admin().readWorkload('Deployment', 'copied');
    const session = startInpod({
      args: [
        'run',
        '--copy',
        'deploy/copied',
        '--from-pod',
        '7070',
        '--',
        'sh',
        '-c',
        'echo $COLOUR; curl -s http://copied; echo; curl -s --retry 30 --retry-all-errors --retry-delay 1 localhost:7070; echo; cat',
      ],
      pty: true,
    });
    await session.shows(/^blue\r?\nold copied-\S+\r?\nsidecar\r?$/m);
    expect(await admin().readWorkload('Deployment', 'copied')).toEqual(before);
    expect(await admin().podNames('default', 'app=copied')).toHaveLength(1);
    session.write('\u0004');
    expectRun(await session.done).toMatchObject({ code: 0 });
  });

  it('stands beside a StatefulSet that must not be scaled down, and whose place it could not take', async () => {
    const retention = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } };
    await makeWorkload({ name: 'kept', kind: 'StatefulSet', replicas: 1, spec: retention });
    const refused = await runInpod({ args: ['run', '--swap', 'sts/kept', '--', 'true'] });
    expectRun(refused).toMatchObject({ code: 125, stderr: expect.stringMatching(/whenScaled: Delete[^]*--copy statefulset\/kept/) });
    const copied = await runInpod({ args: ['run', '--copy', 'sts/kept', '--', 'sh', '-c', 'echo $COLOUR'] });
    expectRun(copied).toMatchObject({ code: 0, stdout: 'blue\n' });
  });

  it('runs the workload’s init containers again, but for those that are to be skipped', async () => {
    const init = (name: string, program: string): object => ({
      name,
      image: 'node:24-slim',
      imagePullPolicy: 'IfNotPresent',
      command: ['node', '-e', program],
    });
    const initContainers = [init('setup', ''), init('migrate', 'process.exit(1)')];
    await makeWorkload({ name: 'initial', replicas: 0, podSpec: { initContainers } });
    const skipping = (name: string): ReturnType<typeof runInpod> =>
      runInpod({ args: ['run', '--copy', 'initial', '--skip-init', name, '--', 'sh', '-c', 'echo $COLOUR'] });
    expectRun(await skipping('nothing')).toMatchObject({ code: 125, stderr: expect.stringMatching(/hint: it has: setup, migrate/) });
    expectRun(await skipping('migrate')).toMatchObject({ code: 0, stdout: 'blue\n' });
  });

  it('has the variables too that a running container has by its image, not by the template', async () => {
    // Its pods keep what they were made with: a variable that the template has no more stands for one of the image.
    const spec = { updateStrategy: { type: 'OnDelete' } };
    const object = { name: 'imaged', kind: 'StatefulSet', replicas: 1, spec } as const;
    await makeWorkload({ ...object, variables: { COLOUR: 'blue', OF_IMAGE: 'two words' } });
    await eventually('imaged', async () => expect((await admin().readWorkload('StatefulSet', 'imaged')).status?.readyReplicas).toBe(1));
    await admin().applyAll(swapObjects({ ...object, variables: { COLOUR: 'red' } }));
    const result = await runInpod({ args: ['run', '-v', '--copy', 'sts/imaged', '--', 'sh', '-c', 'echo $COLOUR $OF_IMAGE'] });
    expectRun(result).toMatchObject({ code: 0, stdout: 'red two words\n' });
    expect(result.stderr).toMatch(/image: \d+ variables of the original container/);
  });

  it('is neither a place nor a pod of one’s own', async () => {
    const refused = await runInpod({ args: ['run', '--copy', 'web', '--swap', 'web', '--', 'true'] });
    expectRun(refused).toMatchObject({ code: 125, stderr: expect.stringMatching(/--swap and --copy: a pod is of its own/) });
  });
});
