import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, it } from 'vitest';
import { isRepairedAfter, journalDeaths, type JournalDeath } from '../integration/support/journal-deaths.ts';
import { PausedSession } from '../integration/support/paused-session.ts';
import { installPausingProgram } from '../integration/support/pausing-program.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { eventually } from './support/eventually.ts';
import { checkLeaks } from './support/leak-check.ts';
import { admin, asItWas, makeWorkload, read } from './support/swap-workloads.ts';

/** The playground has all of them; of these many it is seen that a real cluster makes no difference. */
const sampleSize = 3;

/** INPOD_E2E_SEED chooses them again. */
const seed = process.env['INPOD_E2E_SEED'] ?? String(Date.now() % 100_000);
const rank = ({ name, moment }: JournalDeath): string => createHash('sha256').update(`${seed} ${name} ${moment}`).digest('hex');
const sample = journalDeaths.toSorted((one, other) => rank(one).localeCompare(rank(other))).slice(0, sampleSize);

describeE2e(`a swap that dies at a record of its journal (INPOD_E2E_SEED=${seed})`, () => {
  checkLeaks();
  let pausing = '';
  beforeAll(async () => {
    pausing = await installPausingProgram({ folder: inject('bed').install });
  });

  it.each(sample)('leaves all as it was after $name at $moment', async (one) => {
    const name = 'dying';
    await makeWorkload({ name, replicas: 1, variables: { PORT: '8080' } });
    const before = asItWas(await read(name));
    const session = await start(name, pausing, one);
    const state = async (): Promise<object> => ({
      workload: asItWas(await read(name)),
      objects: (await admin().sessionObjects(session.sessionIds)).filter((object) => object.state === 'not deleted'),
      processes: session.leftProcesses,
    });
    const asBefore = { workload: before, objects: [], processes: [] };
    try {
      await session.stands();
      await one.death.deliver(session);
      if (one.death.thenSignal) await session.signal(one.death.thenSignal);
      session.goOn();
      await session.ended();
      if (isRepairedAfter(one)) await eventually('as it was', async () => expect(await state()).toEqual(asBefore));
      else expect(session.journals).toHaveLength(1);
      const { code, text } = await session.restore();
      expect(code, text).toBe(0);
      await eventually('as it was, after restore', async () => expect(await state()).toEqual(asBefore));
      expect(session.journals).toEqual([]);
      expect(session.output).not.toMatch(/INVARIANT|^ {4}at /m);
    } catch (error) {
      throw new Error(`${String(error)}\n${session.output}`, { cause: error });
    } finally {
      session.close();
    }
  });
});

/** Its folder is one of the run's, so that what it leaves in the cluster is looked for. */
function start(name: string, pausing: string, { moment }: JournalDeath): Promise<PausedSession> {
  const { folder, install, kubeconfigs } = inject('bed');
  const home = mkdtempSync(join(folder, 'state-'));
  const parts = { pausing, inpod: join(install, 'dist/inpod.js'), folder: home, flags: ['--swap', name] };
  return PausedSession.start({ ...parts, env: { KUBECONFIG: kubeconfigs.developer } }, moment);
}
