import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks, sessionProcesses } from './support/leak-check.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';
import type { SwapObject } from './support/swap-objects.ts';
import {
  admin,
  asItWas,
  makeWorkload,
  newProcess,
  read,
  removing,
  replicasOf,
  swap,
  taken,
  untilAnswers,
} from './support/swap-workloads.ts';

const clientProgram = readFileSync(new URL('support/pod/steady-client.cjs', import.meta.url), 'utf8');

/** What became of a steady client's requests to one Service. */
interface Outcome {
  readonly answers: Readonly<Record<string, number>>;
  readonly failed: number;
  /** By what was said; when their requests began, by the client's clock. */
  readonly failures: Readonly<Record<string, { readonly count: number; readonly firstMs: number; readonly lastMs: number }>>;
}

/** New connections from within the cluster, to the workload and to the control Service `web` beside it. */
async function steadyClient(
  name: string,
  seconds: number,
  limitMs = 60_000,
): Promise<{ readonly workload: Outcome; readonly control: Outcome }> {
  const plan = { seconds, perSecond: 150, limitMs, urls: { workload: `http://${name}/`, control: 'http://web/' } };
  const program = `process.env.CLIENT_PLAN = ${JSON.stringify(JSON.stringify(plan))};\n${clientProgram}`;
  return JSON.parse(await admin().runNode('default', 'web', program)) as { workload: Outcome; control: Outcome };
}

function pidOf(pattern: RegExp): number {
  return Number(
    sessionProcesses()
      .find((line) => pattern.test(line))
      ?.split(' ')[0],
  );
}

describeE2e('swap', () => {
  checkLeaks();

  describe('without a gap', () => {
    it('an original that exits at once on SIGTERM and takes 20 s to come up, a process that listens 15 s late, ended by SIGTERM', async () => {
      const [name, startMs, delayMs] = ['gapless', 20_000, 15_000];
      await makeWorkload({ name, startMs });
      const before = asItWas(await read(name));
      // Before, between and after the two switches so long each, that 3,000 requests and more are around each.
      const servingMs = 11_000;
      const client = steadyClient(name, (3 * servingMs + startMs + delayMs + 25_000) / 1000);
      await sleep(servingMs);
      const session = startInpod(swap(name, newProcess(delayMs)));
      await session.shows(/is at 0; what comes for/);
      await sleep(servingMs);
      session.kill('SIGTERM');
      const result = await session.done;
      const { workload, control } = await client;
      console.log(`${name}: ${JSON.stringify(workload.answers)}, ${workload.failed} failed; control: ${control.failed} failed`);
      expect(control.failures).toEqual({});
      expect(workload.failures, result.stderr).toEqual({});
      expect(Math.min(...Object.values(workload.answers)), 'requests to each').toBeGreaterThan(1500);
      expect(Object.keys(workload.answers).toSorted()).toEqual(['new', 'old']);
      expectRun(result).toMatchObject({ code: 143 });
      expect(asItWas(await read(name))).toEqual(before);
    }, 240_000);

    it('as a plain scale-down leaves one, which shows that the client sees it', async () => {
      const name = 'plainly';
      await makeWorkload({ name });
      const client = steadyClient(name, 12, 3000);
      await admin().scale(name, 0);
      const { workload } = await client;
      console.log(`${name}: ${workload.failed} failed`);
      expect(workload.failed).toBeGreaterThan(0);
    });
  });

  it("gives the process the container's variables and ports, and its answers to the Service", async () => {
    const name = 'answers';
    await makeWorkload({ name });
    const session = await taken(name);
    await untilAnswers(name, /^new blue answers-inpod-\w{5}\n$/);
    session.kill('SIGTERM');
    await session.done;
    expect(await replicasOf(name)).toBe(2);
  });

  it('has one winner, and says to others who it is', async () => {
    const name = 'wanted';
    await makeWorkload({ name });
    const session = await taken(name);
    const { code, stderr } = await runInpod(swap(`deploy/${name}`, ['true']));
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/deployment\/wanted is taken by \S+@\S+ \(session \w{5}\)[^]*hint: .*inpod status/),
    ]);
    session.kill('SIGTERM');
    expect((await session.done).code).toBe(143);
  });

  it('leaves alone what somebody else scaled meanwhile, but for the mark', async () => {
    const name = 'scaled';
    await makeWorkload({ name });
    const session = await taken(name);
    await admin().scale(name, 1);
    session.kill('SIGTERM');
    const { stderr } = await session.done;
    expect(stderr).toContain('deployment/scaled was scaled by somebody else, and is left so');
    const { spec, metadata } = await read(name);
    expect([spec?.replicas, metadata?.annotations?.['inpod.dev/session']]).toEqual([1, undefined]);
  });

  it('ends well where the workload was deleted meanwhile', async () => {
    const name = 'deleted';
    await makeWorkload({ name });
    const session = await taken(name);
    await removing.pop()?.();
    session.kill('SIGTERM');
    const { code, stderr } = await session.done;
    expect([code, stderr]).toEqual([143, expect.stringContaining('is left alone')]);
  });

  it('is given back by the watchdog within 10 s after SIGKILL, field by field', async () => {
    const name = 'killed';
    await makeWorkload({ name });
    const before = asItWas(await read(name));
    const session = await taken(name);
    process.kill(pidOf(/dist\/inpod\.js/), 'SIGKILL');
    await eventually('replicas', async () => expect(await replicasOf(name)).toBe(2), 10_000);
    await session.done;
    await eventually('as it was', async () => expect(asItWas(await read(name))).toEqual(before));
  });

  it('is given back by `inpod restore` after SIGKILL of program and watchdog', async () => {
    const name = 'both-killed';
    await makeWorkload({ name });
    const before = asItWas(await read(name));
    const session = await taken(name);
    for (const pid of [pidOf(/dist\/watchdog\.js/), pidOf(/dist\/inpod\.js/)]) process.kill(pid, 'SIGKILL');
    await session.done;
    expect(await replicasOf(name)).toBe(0);
    const restored = await runInpod({ args: ['restore'], env: { XDG_STATE_HOME: session.state } });
    const [sessionId = ''] = readdirSync(join(session.state, 'inpod/sessions'));
    expectRun(restored).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${sessionId}: gave deployment/${name} its 2 replicas back; deleted Lease`) as string,
    });
    expect(asItWas(await read(name))).toEqual(before);
  });

  it('of a StatefulSet scales first, says so, and has the name of its first pod', async () => {
    const name = 'ordered';
    await makeWorkload({ name, kind: 'StatefulSet', replicas: 1 });
    const before = asItWas(await read(name, 'StatefulSet'));
    const result = await runInpod(swap(`sts/${name}`, ['hostname']));
    expectRun(result).toMatchObject({ code: 0, stdout: `${name}-0\n` });
    expect(result.stderr).toMatch(/statefulset\/ordered goes before your command comes \(.*\): nobody serves in between/);
    expect(asItWas(await read(name, 'StatefulSet'))).toEqual(before);
  });

  it.each<[string, string, Partial<SwapObject>, RegExp]>([
    ['a container that it lacks', 'lacking:nginx', {}, /deployment\/lacking has no container "nginx"[^]*hint: it has: main/],
    ["a node's network", 'noded', { podSpec: { hostNetwork: true } }, /can't be taken: its pods have their node's network/],
    ['a StatefulSet that deletes its volumes', 'sts/deleting', { kind: 'StatefulSet', spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } }, /scaling it down deletes its volumes/],
  ])('of %s is refused before anything is changed', async (_what, target, object, message) => {
    const name = target.replace(/^sts\/|:.*$/g, '');
    await makeWorkload({ name, replicas: 0, ...object });
    const before = asItWas(await read(name, object.kind));
    const { code, stderr } = await runInpod(swap(target, ['true']));
    expect([code, stderr]).toEqual([125, expect.stringMatching(message)]);
    expect(asItWas(await read(name, object.kind))).toEqual(before);
  }); // prettier-ignore

  it('of what is not there, or by who has no right, is refused with a hint', async () => {
    const missing = await runInpod(swap('nowhere', ['true']));
    expect([missing.code, missing.stderr]).toEqual([
      125,
      expect.stringMatching(/there is no deployment\/nowhere in the namespace[^]*hint: .*kubectl get deployments/),
    ]);
    await makeWorkload({ name: 'forbidden', replicas: 0 });
    const forbidden = await runInpod(swap('forbidden', ['true'], { user: 'viewer' }));
    expect([forbidden.code, forbidden.stderr]).toEqual([125, expect.stringContaining('scale the workload down, and back')]);
  });
});
