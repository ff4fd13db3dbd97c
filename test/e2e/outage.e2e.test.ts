import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, type KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e, kubeProgram } from './support/e2e-environment.ts';
import { checkLeaks } from './support/leak-check.ts';
import { withoutApiServer } from './support/outages.ts';
import { startInpod } from './support/run-inpod.ts';

const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

describeE2e('credentials that end while a session runs, as an ordinary user', () => {
  checkLeaks();

  it('are named; the command goes on, and what is left is said', async () => {
    const { core } = admin();
    const remove = await admin().makeNamespace('inpod-e2e-account');
    const namespace = 'inpod-e2e-account';
    try {
      await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'passing' } } });
      await admin().applyAll([roleBinding(namespace)]);
      const { status } = await core.createNamespacedServiceAccountToken({
        namespace,
        name: 'passing',
        body: { spec: { audiences: [], expirationSeconds: 3600 } },
      });
      const kubeconfig = join(inject('bed').folder, 'passing.kubeconfig');
      writeFileSync(kubeconfig, kubeconfigFor(serverOf(inject('bed').kubeconfigs.admin), namespace, status?.token ?? ''), { mode: 0o644 });
      const env = { KUBECONFIG: kubeconfig, INPOD_CONFIG_TIMINGS_LEASE_RENEW_MS: '1000', INPOD_CONFIG_TIMINGS_RELEASE_LIMIT_MS: '2000' };
      const run = startInpod({ args: ['run', '--', 'sh', '-c', 'echo ready; read _; exit 5'], env, pty: true });
      await run.shows(/^ready\r?$/m);
      await core.deleteNamespacedServiceAccount({ namespace, name: 'passing' });
      await run.shows(/UNAUTHORIZED/);
      run.write('\n');
      const { code, stdout } = await run.done;
      expect(stdout).toMatch(/Lease inpod-\w+/);
      expect(stdout).toMatch(/kubectl delete lease/);
      expect([5, 125]).toContain(code);
    } finally {
      await remove();
    }
  });
});

describe.skipIf(kubeProgram === undefined)('an API server that is away for a while', () => {
  describeE2e('as an ordinary user', () => {
    checkLeaks();

    it('breaks open connections at most, says so, and new ones work when it is back', async () => {
      const run = startInpod({ pty: true, args: ['run', '--', 'bash', '--norc'] });
      await run.shows(/\$ $/m);
      run.write('curl -s -o /dev/null -w "first %{http_code}\\n" http://web\n');
      await run.shows(/first 200/);
      await withoutApiServer(async () => {
        await run.shows(/lost the link/, 60_000);
      });
      await run.shows(/is back after/, 60_000);
      run.write('curl -s -o /dev/null -w "second %{http_code}\\n" http://web\n');
      await run.shows(/second 200/);
      run.write('exit 6\n');
      expect((await run.done).code).toBe(6);
    });

    it('ends the session with a word when it stays away for longer than the limit', async () => {
      const env = { INPOD_CONFIG_TIMINGS_LINK_LIMIT_MS: '3000', INPOD_CONFIG_TIMINGS_RELEASE_LIMIT_MS: '2000' };
      const run = startInpod({ args: ['run', '-v', '--', 'sh', '-c', 'echo ready; sleep 3141'], env });
      await run.shows(/^ready\r?$/m);
      await withoutApiServer(async () => {
        await run.shows(/releasing /);
        // One that comes with the end of the command counts as the same.
        const impatience = setInterval(() => run.kill('SIGINT'), 300);
        await run.shows(/still releasing .*lease, pod and secret/).finally(() => clearInterval(impatience));
        const { code, stderr } = await run.done;
        expect(code, stderr).toBe(125);
        expect(stderr).toMatch(/LINK_LOST|API_UNREACHABLE/);
        expect(stderr).toMatch(/kubectl delete lease/);
      });
      // The watchdog goes on trying: the leak check waits for it.
    });
  });
});

function serverOf(kubeconfig: string): string {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.getCurrentCluster()?.server ?? '';
}

function roleBinding(namespace: string): KubernetesObject & { readonly roleRef: unknown; readonly subjects: unknown } {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'passing', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', name: 'passing', namespace }],
  };
}

function kubeconfigFor(server: string, namespace: string, token: string): string {
  const cluster = { server, 'insecure-skip-tls-verify': true };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testkube', cluster }],
    users: [{ name: 'passing', user: { token } }],
    contexts: [{ name: 'testkube', context: { cluster: 'testkube', user: 'passing', namespace } }],
    'current-context': 'testkube',
  });
}
