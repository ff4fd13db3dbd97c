import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { expectRun } from './support/expect-run.ts';
import { eventually } from './support/eventually.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { sessionProcesses } from './support/leak-check.ts';
import { runInpod, startInpod, type RunningInpod } from './support/run-inpod.ts';

/** After the death of any of its processes, the command and its descendants must be gone this soon. */
const goneMs = 1500;

const sleeper = ['run', '--', 'sh', '-c', 'sleep 3141 & (setsid sleep 3142 &) ; echo ready; wait'];
const sleepers = (): readonly string[] => sessionProcesses().filter((line) => /\bsleep 314[12]$/.test(line));

/** Pids of the session's processes by what they are. */
function pidOf(pattern: RegExp): number {
  const found = sessionProcesses().find((line) => pattern.test(line));
  if (found === undefined) throw new Error(`no process ${pattern}:\n${sessionProcesses().join('\n')}`);
  return Number(found.split(' ')[0]);
}

/** The launcher's processes: the supervisor, and process 1 of the session, its child. */
function launcherPids(): { readonly supervisor: number; readonly first: number } {
  const pids = sessionProcesses()
    .filter((line) => /inpod-launcher/.test(line))
    .map((line) => Number(line.split(' ')[0]));
  const parentOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  const first = pids.find((pid) => pids.includes(parentOf(pid)));
  const supervisor = pids.find((pid) => pid !== first);
  if (first === undefined || supervisor === undefined) throw new Error(`launcher processes: ${pids.join(' ')}`);
  return { supervisor, first };
}

describeForLaptopUsers('death', (as) => {
  const started = async (): Promise<RunningInpod> => {
    const run = startInpod({ as, args: sleeper });
    await run.shows(/^ready\r?$/m);
    await eventually('both sleepers', () => expect(sleepers()).toHaveLength(2));
    return run;
  };

  it.each([
    ['the program', () => pidOf(/dist\/inpod\.js/)],
    ['the launcher', () => launcherPids().supervisor],
    ['process 1 of the session', () => launcherPids().first],
  ])('of %s by SIGKILL ends the command and all its descendants', async (_name, pid) => {
    const run = await started();
    process.kill(pid(), 'SIGKILL');
    await eventually('no descendants', () => expect(sleepers()).toEqual([]), goneMs);
    const { code, stderr } = await run.done;
    expect([125, 137], stderr).toContain(code);
  });

  it('is seen by nobody who looks from another process namespace: inpod within a session repairs nothing', async () => {
    const inner = join(inject('bed').install, 'dist/inpod.js');
    const { code, stdout, stderr } = await runInpod({ as, args: ['run', '--', inner, 'restore'] });
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^\w+: begun in a container, or on another machine; left alone/)]);
    expect(stderr).not.toContain('lost the link');
  });

  it('of the watchdog by SIGKILL leaves the session alone', async () => {
    const run = await started();
    process.kill(pidOf(/dist\/watchdog\.js/), 'SIGKILL');
    run.kill('SIGTERM');
    expect((await run.done).code).toBe(143);
  });

  it('of the program and its watchdog at once leaves what `inpod restore` gives back', async () => {
    const run = await started();
    const pids = [pidOf(/dist\/watchdog\.js/), pidOf(/dist\/inpod\.js/)];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await run.done;
    const [sessionId = ''] = readdirSync(join(run.state, 'inpod/sessions'));
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    expect(await admin.sessionObjects([sessionId])).not.toEqual([]);
    const restored = await runInpod({ as, args: ['restore'], env: { XDG_STATE_HOME: run.state } });
    expectRun(restored).toMatchObject({ code: 0, stdout: `${sessionId}: deleted Lease inpod-${sessionId} with its pod and Secret\n` });
    await eventually('nothing in the cluster', async () => expect(await admin.sessionObjects([sessionId])).toEqual([]));
    expect((await runInpod({ as, args: ['restore'], env: { XDG_STATE_HOME: run.state } })).code).toBe(0);
  });

  it('of the command by SIGKILL is its exit code, and ends its descendants', async () => {
    const run = await started();
    process.kill(pidOf(/^\d+ sh -c sleep 3141/), 'SIGKILL');
    expect((await run.done).code).toBe(137);
    expect(sleepers()).toEqual([]);
  });

  it.each(['plan', 'lease', 'pod', 'link', 'ranges', 'tunnel'])('by Ctrl-C after the step %s of the start is quiet', async (step) => {
    const run = startInpod({ as, args: ['run', '-v', '--', 'sleep', '3141'] });
    await run.shows(new RegExp(`\\b${step}: `));
    run.kill('SIGINT');
    const { code, stderr } = await run.done;
    expect(code, stderr).toBe(130);
    expect(stderr).not.toMatch(/^ {4}at |INVARIANT/m);
  });

  it.each([50, 150, 300, 450, 600, 900, 1200, 1500])('by Ctrl-C %i ms after the start is quiet', async (delayMs) => {
    const run = startInpod({ as, args: ['run', '--', 'sleep', '3141'] });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    run.kill('SIGINT');
    const { code, stderr } = await run.done;
    expect(code, stderr).toBe(130);
    expect(stderr).not.toMatch(/^ {4}at |INVARIANT/m);
  });

  it('is not what a second session means to the first', async () => {
    const first = await started();
    const second = startInpod({ as, args: ['run', '--', 'curl', '-s', 'http://web'] });
    expectRun(await second.done).toMatchObject({ code: 0 });
    expect(sleepers()).toHaveLength(2);
    first.kill('SIGTERM');
    expect((await first.done).code).toBe(143);
  });
});
