import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { KubernetesLocator } from '../../src/adapters/kubernetes/kubernetes-locator.ts';
import type { ClusterPort } from '../../src/domain/ports/cluster/cluster-port.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { allowGuardians } from './support/guardian-rights.ts';
import { checkLeaks, sessionProcesses } from './support/leak-check.ts';
import { paces } from './support/pace.ts';
import { runInpod, startInpod, type InpodRun, type RunningInpod } from './support/run-inpod.ts';
import { swapObjects } from './support/swap-objects.ts';
import { untilAnswers } from './support/swap-workloads.ts';

const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

const never = new AbortController().signal;

const paceOf = paces(['guarded', 'woken']);

/** The contract's times, divided by ten. */
/** A Lease that one late sign of life doesn't end. */
const calm = { INPOD_CONFIG_TIMINGS_LEASE_RENEW_MS: '3000', INPOD_CONFIG_TIMINGS_TAKEOVER_MS: '30000' };
const quick = { INPOD_CONFIG_TIMINGS_LEASE_RENEW_MS: '1000', INPOD_CONFIG_TIMINGS_TAKEOVER_MS: '30000' };

const removing: (() => Promise<void>)[] = [];
const stopped: number[] = [];
afterEach(async () => {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  for (const remove of removing.splice(0)) await remove();
});

/** A Deployment of two, that serves. */
async function makeWorkload(name: string): Promise<void> {
  const objects = swapObjects({ name });
  removing.push(() => admin().removeAll(objects));
  await admin().applyAll(objects);
  await eventually(name, async () => expect((await admin().readWorkload('Deployment', name)).status?.readyReplicas).toBe(2));
}

const newProcess = [process.execPath, '-e', `require('http').createServer((_, answer) => answer.end('new')).listen(8080)`];

/** A session that has the place of `name`. */
async function taken(name: string, run: Partial<InpodRun> = {}): Promise<RunningInpod> {
  const session = startInpod({ args: ['run', '--swap', name, '--', ...newProcess], env: quick, ...run });
  await session.shows(/is at 0; what comes for/);
  return session;
}

const leases = (): Promise<ClusterPort> =>
  new KubernetesLocator({ environment: { KUBECONFIG: inject('bed').kubeconfigs.admin } }).locate({ kubeNamespace: 'default' });

/** Resolves when the session's Lease was silent for so long. */
async function untilSilent(sessionId: string, forMs: number): Promise<void> {
  const cluster = await leases();
  await eventually('silence', async () =>
    expect((await cluster.readLease(`inpod-${sessionId}`, never))?.silentMs).toBeGreaterThanOrEqual(forMs),
  );
  await cluster.close();
}

const replicasOf = async (name: string): Promise<number | undefined> => (await admin().readWorkload('Deployment', name)).spec?.replicas;
const idOf = ({ state }: RunningInpod): string => readdirSync(join(state, 'inpod/sessions'))[0] ?? '';
const pidsOf = (pattern: RegExp): readonly number[] =>
  sessionProcesses()
    .filter((line) => pattern.test(line))
    .map((line) => Number(line.split(' ')[0]));

/** As a laptop does whose lid is closed. */
function sleep(): void {
  for (const pid of pidsOf(/dist\/(inpod|watchdog)\.js/)) {
    process.kill(pid, 'SIGSTOP');
    stopped.push(pid);
  }
}

function wake(): void {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
}

describeE2e('a session that is silent', () => {
  checkLeaks();

  it('loses its workload to another user who asks for it, and is told when it wakes', async () => {
    await makeWorkload('asleep');
    const first = await taken('asleep');
    sleep();
    const refused = await runInpod({ as: 'root', args: ['run', '--swap', 'asleep', '--', 'true'], env: quick });
    expectRun(refused).toMatchObject({ code: 125, stderr: expect.stringMatching(/asleep is taken by .*\(session \w+\)/) });
    await untilSilent(idOf(first), 30_000);
    const second = await taken('asleep', { as: 'root' });
    expect(second.stderr).toMatch(new RegExp(`repaired the dead session ${idOf(first)}: gave deployment/asleep its 2 replicas back`));
    wake();
    const woken = await first.done;
    expectRun(woken).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(
        /this session was silent for too long, so \S+ \(session \w+\) ended it at [-\d]+ [:\d]+ UTC: gave deployment\/asleep its 2/,
      ),
    });
    expect(await replicasOf('asleep')).toBe(0);
    second.kill('SIGTERM');
    expect((await second.done).code).toBe(143);
    expect(await replicasOf('asleep')).toBe(2);
  });

  it('keeps its workload where it wakes in time, though another user asked for that', async () => {
    const pace = paceOf('woken');
    await makeWorkload('woken');
    const first = await taken('woken', { env: pace.env });
    sleep();
    await pause(pace.of(180_000));
    const refused = await runInpod({ as: 'root', args: ['run', '--swap', 'woken', '--', 'true'], env: pace.env });
    expectRun(refused).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/woken is taken by .*\(session \w+\)[^]*hint: .*inpod status/),
    });
    wake();
    await untilAnswers('woken', /^new/);
    expect(await replicasOf('woken')).toBe(0);
    first.kill('SIGTERM');
    expectRun(await first.done).toMatchObject({ code: 143, stderr: expect.stringContaining('deployment/woken has its 2 replicas back') });
    expect(await replicasOf('woken')).toBe(2);
  }, 300_000);

  it('is ended by a guardian, where an administrator lets the namespace have some', async () => {
    const pace = paceOf('guarded');
    await allowGuardians();
    await makeWorkload('guarded');
    const session = await taken('guarded', {
      args: ['run', '-v', '--swap', 'guarded', '--', ...newProcess],
      env: pace.env,
    });
    expect(session.stderr).toContain(`guardian: gives the workload back after ${pace.of(120_000) / 1000} s of silence`);
    await eventually('the guardian', async () =>
      expect(await admin().podPhases(`inpod.dev/role=guardian,inpod.dev/session=${idOf(session)}`)).toEqual(['Running']),
    );
    sleep();
    await eventually('replicas', async () => expect(await replicasOf('guarded')).toBe(2), pace.of(120_000) + 30_000);
    wake();
    expectRun(await session.done).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(
        /silent for too long, so inpod-guardian \(pod \S+\) ended it at .* UTC: gave deployment\/guarded its 2 replicas back/,
      ),
    });
    await eventually('no guardian', async () => expect(await admin().podPhases('inpod.dev/role=guardian')).toEqual([]));
  }, 300_000);

  describe('of another machine', () => {
    it('is left alone while it lives, repaired by its id when it is dead, and known to nobody afterwards', async () => {
      await makeWorkload('elsewhere');
      const session = await taken('elsewhere', { env: calm });
      const id = idOf(session);
      const restore = (): ReturnType<typeof runInpod> => runInpod({ as: 'root', args: ['restore', id], env: calm });
      expectRun(await restore()).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/is alive: its last sign of life is \d s old; left alone/),
      });
      for (const pid of pidsOf(/dist\/(inpod|watchdog)\.js/)) process.kill(pid, 'SIGKILL');
      await session.done;
      await untilSilent(id, 9000);
      expectRun(await restore()).toMatchObject({
        code: 0,
        stdout: `${id}: gave deployment/elsewhere its 2 replicas back; deleted Lease inpod-${id} with its pod and Secret\n`,
      });
      expect(await replicasOf('elsewhere')).toBe(2);
      expectRun(await restore()).toMatchObject({
        code: 1,
        stdout: `${id}: no journal of this session here, and no Lease in namespace default (another: -n)\n`,
      });
      expect(await (await leases()).takeNotice(`inpod-${id}`, never)).toMatchObject({ detail: expect.stringMatching(/2 replicas back/) });
    });
  });
});
