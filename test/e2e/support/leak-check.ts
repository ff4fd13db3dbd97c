import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, inject } from 'vitest';
import { ClusterAdmin, type SessionObject } from './cluster-admin.ts';
import { eventually } from './eventually.ts';
import { takeHostSnapshot, type HostSnapshot } from './host-snapshot.ts';

/** How long a deleted pod may take: its grace period, the garbage collector and the kubelet, 3 s on a calm machine and 11 seen on a busy one. */
const clusterLimitMs = 90_000;

/**
 * After each test of the group: nothing of a session in the cluster, no process of it here, and the machine as before.
 * @param awaited - after which test a pod that is deleted must be gone from its node too: each takes a second or two for that
 */
export function checkLeaks(awaited: 'each' | 'last' = 'each'): void {
  let before: HostSnapshot;
  let earlier: ReadonlySet<string>;
  const ofGroup: string[] = [];
  beforeEach(() => {
    before = takeHostSnapshot();
    earlier = new Set(sessionIds());
  });
  afterEach(async () => {
    await eventually('no process left', () => expect(sessionProcesses()).toEqual([]), 10_000).catch(endProcesses);
    const ofTest = sessionIds().filter((id) => !earlier.has(id));
    ofGroup.push(...ofTest);
    await untilNoneOf(ofTest, awaited === 'each' ? [] : ['being deleted by its node']);
    expect(takeHostSnapshot()).toEqual(before);
  });
  if (awaited === 'last') afterAll(() => untilNoneOf(ofGroup), clusterLimitMs + 10_000);
}

/** @param tolerated - states of objects */
async function untilNoneOf(sessions: readonly string[], tolerated: readonly SessionObject['state'][] = []): Promise<void> {
  const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
  const left = async (): Promise<readonly SessionObject[]> =>
    (await admin.sessionObjects(sessions)).filter(({ state }) => !tolerated.includes(state));
  await eventually('no object left in the cluster', async () => expect(await left()).toEqual([]), clusterLimitMs);
}

/** Sessions that this run's tests started, by the folders of their logs: the cluster may have others'. */
function sessionIds(): readonly string[] {
  const { folder } = inject('bed');
  const states = readdirSync(folder).filter((name) => name.startsWith('state-'));
  return states.flatMap((state) => namesIn(join(folder, state, 'inpod/sessions')));
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** So that one test's failure isn't every later one's. */
function endProcesses(error: Error): never {
  for (const line of sessionProcesses()) {
    // The watchdog is to repair what the others leave.
    if (!line.includes('watchdog.js')) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  }
  throw error;
}

/** Processes of this run's sessions and all their descendants, which inherit its mark: `pid command`. */
export function sessionProcesses(): readonly string[] {
  const { marker, install } = inject('bed');
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const command = readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
    const isOurs = readProc(pid, 'environ').includes(`${marker}\0`) || command.includes(install);
    return isOurs && command !== '' ? [`${pid} ${command}`] : [];
  });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // ended meanwhile, or somebody else's
  }
}
