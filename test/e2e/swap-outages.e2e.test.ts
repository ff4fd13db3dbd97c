import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeE2e, kubeProgram } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { allowGuardians } from './support/guardian-rights.ts';
import { checkLeaks } from './support/leak-check.ts';
import { askOnNode, withLinkCut, withoutApiServer, withoutKubelet } from './support/outages.ts';
import { paces, type Pace } from './support/pace.ts';
import { startInpod, type RunningInpod } from './support/run-inpod.ts';
import { admin, asItWas, makeWorkload, read, replicasOf, swap, taken, untilAnswers } from './support/swap-workloads.ts';

/** What is away, and how long by the contract. */
interface Outage {
  readonly name: string;
  readonly lastsMs: number;
  readonly during: (work: () => Promise<void>) => Promise<void>;
}

/** Outages that a session outlives. */
const outages: readonly Outage[] = [
  { name: 'kubelet', lastsMs: 60_000, during: withoutKubelet },
  { name: 'link-cut', lastsMs: 90_000, during: withLinkCut },
];

const paceOf = paces([...outages.map(({ name }) => name), 'api-server', 'link-guarded']);

/** Most of the time of a case at full length is the outage's. */
const limitMs = 400_000;

const verbose = (name: string, { env }: Pace, more: Readonly<Record<string, string>> = {}): Promise<RunningInpod> =>
  taken(name, { args: ['run', '-v', ...swap(name, serving).args.slice(1)], env: { ...env, ...more } });

/** Answers `new` on the container's port, once a file `go` is beside it or at once. */
const serving = [process.execPath, '-e', `require('http').createServer((_, answer) => answer.end('new')).listen(8080)`];
const servingWhenTold = [
  process.execPath,
  '-e',
  `const go = setInterval(() => {
     if (!require('fs').existsSync('go')) return;
     clearInterval(go);
     require('http').createServer((_, answer) => answer.end('new')).listen(8080);
   }, 50);`,
];

const lostLink = /lost the link to the pod: .*; trying again for/;

/** It ends while the API server is away. */
async function saysWhatIsLeft(session: RunningInpod): Promise<void> {
  const { code, stderr } = await session.done;
  expect(code, stderr).toBe(125);
  expect(stderr).toMatch(
    /left behind: (deployment\/\S+) at 0 instead of 2: .*\nhint: a watchdog goes on trying, .*kubectl scale -n default \1 --replicas 2/,
  );
  expect(stderr).toMatch(/left behind: Lease .*\nhint: .*kubectl delete lease -n default inpod-\w+/);
}

describe.skipIf(kubeProgram === undefined)('a swap', () => {
  describeE2e('through an outage', () => {
    checkLeaks();

    it.each(outages)(
      'holds its place, says so, and gives it back: $name',
      async ({ name, lastsMs, during }) => {
        const pace = paceOf(name);
        await makeWorkload({ name });
        const before = asItWas(await read(name));
        const session = await verbose(name, pace);
        await during(async () => {
          const over = sleep(pace.of(lastsMs));
          await session.shows(lostLink, 90_000);
          await over;
        });
        await session.shows(/the link to the pod is back after/, 90_000);
        await untilAnswers(name, /^new/);
        expect(await replicasOf(name)).toBe(0);
        session.kill('SIGTERM');
        const result = await session.done;
        expectRun(result).toMatchObject({ code: 143, stderr: expect.stringContaining(`deployment/${name} has its 2 replicas back`) });
        expect(asItWas(await read(name))).toEqual(before);
      },
      limitMs,
    );

    it(
      'finds its way where the API server is away: before it has its place, while it has it, at its end, and at an end that doesn’t wait',
      async () => {
        const pace = paceOf('api-server');
        const names = ['api-before', 'api-held', 'api-end', 'api-hasty'] as const;
        await Promise.all(names.map((name) => makeWorkload({ name })));
        const state = async (): Promise<readonly object[]> => Promise.all(names.map(async (name) => asItWas(await read(name))));
        const asBefore = await state();
        const before = startInpod(swap('api-before', servingWhenTold, { env: pace.env }));
        const [held, end, hasty] = await Promise.all([
          verbose('api-held', pace),
          verbose('api-end', pace),
          verbose('api-hasty', pace, { INPOD_CONFIG_TIMINGS_RELEASE_LIMIT_MS: String(pace.of(20_000)) }),
          before.shows(/api-before serves until your command listens on port 8080/),
        ]);
        await withoutApiServer(async () => {
          const over = sleep(pace.of(60_000) / 2);
          end.kill('SIGTERM');
          hasty.kill('SIGTERM');
          await Promise.all([end.shows(/\] releasing /), before.shows(lostLink), held.shows(lostLink), saysWhatIsLeft(hasty)]);
          writeFileSync(join(before.state, 'go'), '');
          await over;
        });
        const ended = await end.done;
        expectRun(ended).toMatchObject({ code: 143, stderr: expect.stringContaining('deployment/api-end has its 2 replicas back') });
        expect(ended.stderr).not.toContain('left behind');
        await before.shows(/is at 0; what comes for api-before goes to your command/, 90_000);
        for (const [name, session] of [['api-before', before], ['api-held', held]] as const) {
          await session.shows(/the link to the pod is back after/);
          await untilAnswers(name, /^new/);
          expect(await replicasOf(name)).toBe(0);
          session.kill('SIGTERM');
          expectRun(await session.done).toMatchObject({ code: 143 });
          expect(session.stderr).not.toContain('FORBIDDEN');
        } // prettier-ignore
        // The watchdog of the hasty one.
        await eventually('as it was', async () => expect(await state()).toEqual(asBefore), 90_000);
      },
      limitMs,
    );

    it(
      'is ended by its guardian where the laptop stays without network, and says so afterwards',
      async () => {
        const [name, pace] = ['link-guarded', paceOf('link-guarded')];
        await allowGuardians();
        await makeWorkload({ name });
        const before = asItWas(await read(name));
        const session = await verbose(name, pace);
        const [id = ''] = readdirSync(join(session.state, 'inpod/sessions'));
        await eventually('the guardian', async () =>
          expect(await admin().podPhases(`inpod.dev/role=guardian,inpod.dev/session=${id}`)).toEqual(['Running']),
        );
        await withLinkCut(async () => {
          const over = sleep(pace.of(150_000));
          await session.shows(lostLink, 90_000);
          await over;
          await eventually('replicas', () => expect(askOnNode('get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}')).toBe('2'));
        });
        expectRun(await session.done).toMatchObject({
          code: 125,
          stderr: expect.stringMatching(
            /silent for too long, so inpod-guardian \(pod \S+\) ended it at .* UTC: gave deployment\/link-guarded its 2 replicas back[^]*hint: run it again/,
          ),
        });
        await eventually('as it was', async () => expect(asItWas(await read(name))).toEqual(before));
      },
      limitMs,
    );
  });
});
