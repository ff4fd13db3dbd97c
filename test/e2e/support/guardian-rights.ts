import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { runInpod } from './run-inpod.ts';
import { makeObjects } from './swap-workloads.ts';

/** As an administrator does who lets the namespace have guardians; until the end of the test. */
export async function allowGuardians(): Promise<void> {
  const { stdout: manifest } = await runInpod({ user: 'admin', args: ['manifest', '--guardian', '-n', 'default'] });
  await makeObjects(parseAllDocuments(manifest).map((document) => document.toJS() as KubernetesObject));
}
