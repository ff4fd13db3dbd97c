import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Bed } from './bed.ts';
import { ClusterAdmin } from './cluster-admin.ts';
import { adminKubeconfig } from './e2e-environment.ts';
import { fixtureObjects } from './fixture-objects.ts';
import { copyKubeconfigs, installClients, installProgram } from './install-program.ts';
import { currentUser, makeOrdinaryUser, type MadeUser } from './ordinary-user.ts';

/** Makes the bed once per run: Services, programs, an ordinary user. What it returns takes all of it away again. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (adminKubeconfig === undefined) return undefined;
  const admin = new ClusterAdmin(adminKubeconfig);
  const folder = await mkdtemp('/var/tmp/inpod-e2e-');
  let made: MadeUser | undefined;
  const tearDown = async (): Promise<void> => {
    await admin.removeAll(fixtureObjects);
    await made?.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await chmod(folder, 0o755);
    made = await makeOrdinaryUser();
    const [install, clients, kubeconfigs, web] = await Promise.all([
      installProgram(join(folder, 'program')),
      installClients(join(folder, 'clients')),
      copyKubeconfigs(adminKubeconfig, join(folder, 'kubeconfigs')),
      makeFixture(admin),
    ]);
    const marker = `INPODTEST_RUN=${folder}`;
    project.provide('bed', { marker, folder, install, clients, root: currentUser(), ordinary: made.user, kubeconfigs, web } satisfies Bed);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}

async function makeFixture(admin: ClusterAdmin): Promise<Bed['web']> {
  await admin.applyAll(fixtureObjects);
  for (const namespace of ['default', 'shop']) await admin.waitForDeployment(namespace, 'web');
  const [ipv4, ipv6] = await admin.serviceAddresses('default', 'web');
  // Ready isn't yet routed: kube-proxy takes a second or two.
  for (const namespace of ['default', 'shop']) await admin.waitUntilServed(namespace, 'web', 'http://web/');
  return { ipv4: ipv4 ?? '', ipv6: ipv6 ?? '' };
}
