import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlledPods } from '../../src/domain/playground/deployment-pods.ts';
import { shopNamespace, shopServices } from '../../src/domain/playground/sample-shop.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { takeHostSnapshot, type HostSnapshot } from '../e2e/support/host-snapshot.ts';
import { startPlayground, type PlaygroundBed } from '../support/playground-bed.ts';
import { InstalledProgram } from '../support/playground-program.ts';
import { isRepairedAfter, journalDeaths, type JournalDeath } from './support/journal-deaths.ts';
import { PausedSession } from './support/paused-session.ts';
import { installPausingProgram } from './support/pausing-program.ts';
import { allProcesses } from './support/process-tree.ts';

/** Namespaces, mounts and all descendants of inpod end with it: within a second, on a machine that has nothing else to do. */
const goneMs = 5000;

/** What the contract allows a watchdog for giving back; a pod that comes back takes a moment more, on a busy machine several. */
const givenBackMs = 20_000;

describe('a session in the place of a workload of the playground', () => {
  const program = new InstalledProgram();
  let folder: string;
  let pausing: string;
  let bed: PlaygroundBed;
  let before: HostSnapshot;
  let namespaces: number;
  /** Deployments that no session has now, and who waits for one. */
  const free: string[] = shopServices.map(({ name }) => name);
  const waiting: ((name: string) => void)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-deaths-'));
    await program.install();
    pausing = await installPausingProgram(program);
    bed = await startPlayground();
    await bed.server.startShop(join(program.folder, 'dist/shop.cjs'));
    before = takeHostSnapshot();
    namespaces = countNamespaces();
  }, 120_000);
  afterAll(async () => {
    await bed.close();
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One session at a time has it. */
  const withDeployment = async (use: (name: string) => Promise<void>): Promise<void> => {
    const name = free.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
    try {
      await use(name);
    } finally {
      const next = waiting.shift();
      if (next) next(name);
      else free.push(name);
    }
  };

  /** All that a session must give back, as it is. */
  const state = (deployment: string, session: PausedSession): object => {
    const { objects } = bed.server;
    const { replicas, replicasOwners, mark } = objects.get('Deployment', shopNamespace, deployment);
    const pods = controlledPods(objects, objects.get('Deployment', shopNamespace, deployment));
    const left = session.sessionIds.flatMap((id) => objects.ofSession(id)).map(({ kind, name }) => `${kind} ${name}`);
    return { replicas, replicasOwners, mark, ready: pods.map(({ ready }) => ready), left, processes: session.leftProcesses };
  };
  const asItWas = {
    replicas: 1,
    replicasOwners: [{ manager: 'playground', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' }],
    mark: undefined,
    ready: [true],
    left: [],
    processes: [],
  };

  const dies = async (deployment: string, one: JournalDeath): Promise<void> => {
    const { moment, death, there } = one;
    const home = mkdtempSync(join(folder, 's'));
    mkdirSync(join(home, 'inpod'));
    symlinkSync(bed.folder, join(home, 'inpod/playground'));
    const inpod = join(program.folder, 'dist/inpod.js');
    const flags = ['--context', 'playground', '--swap', deployment];
    const session = await PausedSession.start({ pausing, inpod, folder: home, flags }, moment);
    try {
      await session.stands();
      const { watchdog, launcher } = session.pids;
      expect({ watchdog: watchdog !== undefined, launcher: launcher !== undefined }).toEqual(there);
      await death.deliver(session);
      if (death.thenSignal) await session.signal(death.thenSignal);
      session.goOn();
      await session.ended();
      await eventually('no process but the watchdog', () => expect(othersThanWatchdogs(session)).toEqual([]), goneMs);
      if (isRepairedAfter(one)) await eventually('as it was', () => expect(state(deployment, session)).toEqual(asItWas), givenBackMs);
      else expect(session.journals).toHaveLength(1);
      const { code, text } = await session.restore();
      expect(code, text).toBe(0);
      await eventually('as it was, after restore', () => expect(state(deployment, session)).toEqual(asItWas), givenBackMs);
      expect(session.journals).toEqual([]);
      expect(session.output).not.toMatch(/INVARIANT|^ {4}at /m);
    } catch (error) {
      throw new Error(`${String(error)}\n${session.output}`, { cause: error });
    } finally {
      session.close();
    }
  };

  it.concurrent.each(journalDeaths)(
    'leaves all as it was after $name at $moment',
    (one) => withDeployment((deployment) => dies(deployment, one)),
    300_000, // most of which is waiting for a Deployment
  );

  it('has left nothing on the machine', async () => {
    expect(takeHostSnapshot()).toEqual(before);
    await eventually('no namespace more', () => expect(countNamespaces()).toBe(namespaces));
  });
});

function othersThanWatchdogs({ leftProcesses }: PausedSession): readonly string[] {
  return leftProcesses.filter((line) => !line.includes('watchdog.js'));
}

/** Those of network and mounts that a process is in. */
function countNamespaces(): number {
  return new Set(allProcesses().flatMap((one) => one.namespaces)).size;
}
