import { expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e } from './support/e2e-environment.ts';
import { checkLeaks } from './support/leak-check.ts';

describeE2e('the bed', () => {
  checkLeaks();

  it('serves web inside the cluster', async () => {
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    const [pod] = await admin.podNames('default', 'app=web');
    const answer = await admin.runNode('default', 'web', `fetch('http://web').then((r) => r.text()).then((t) => console.log(t))`);
    expect(answer.trim()).toBe(pod);
  });
});
