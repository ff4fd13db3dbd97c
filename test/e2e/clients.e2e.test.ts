import { join } from 'node:path';
import { inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod } from './support/run-inpod.ts';

const clients: readonly (readonly [string, (folder: string) => readonly string[]])[] = [
  ['curl', () => ['curl', '-sS']],
  ['static Go', (folder) => [join(folder, 'static-go-client')]],
  ['Python', (folder) => ['python3', join(folder, 'client.py')]],
  ['Node', (folder) => [process.execPath, join(folder, 'client.mjs')]],
  ['Java', (folder) => ['java', join(folder, 'Client.java')]],
];

describeForLaptopUsers('a client written for', (as) => {
  it.each(clients)('%s reaches a Service by its name', async (_name, command) => {
    const { clients: folder, kubeconfigs } = inject('bed');
    const [pod] = await new ClusterAdmin(kubeconfigs.admin).podNames('default', 'app=web');
    const result = await runInpod({ as, args: ['run', '--', ...command(folder), 'http://web.default/'] });
    expectRun(result).toMatchObject({ code: 0, stdout: `${pod}\n` });
  });
});
