import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e, runsAsRoot } from './support/e2e-environment.ts';
import { withoutUserNamespaces } from './support/without-user-namespaces.ts';
import { checkLeaks } from './support/leak-check.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod, type InpodRun } from './support/run-inpod.ts';

const admin = (): ClusterAdmin => new ClusterAdmin(inject('bed').kubeconfigs.admin);

/** A developer's kubeconfig with another API server. */
function kubeconfigOf(server: string): string {
  const path = join(inject('bed').folder, `elsewhere-${server.replaceAll(/\W/g, '-')}.kubeconfig`);
  writeFileSync(path, readFileSync(inject('bed').kubeconfigs.developer, 'utf8').replace(/server: "[^"]*"/, `server: "${server}"`));
  return path;
}

/** What is wrong, how it is run, the code, and what the message must name. */
const refused: readonly (readonly [string, () => Omit<InpodRun, 'as'>, number, readonly RegExp[]])[] = [
  ['a context that does not exist', () => ({ args: ['run', '--context', 'nowhere', '--', 'true'] }), 125, [/nowhere/, /CONTEXT_NOT_FOUND/, /testkube/, /hint:/]],
  ['a namespace that does not exist', () => ({ user: 'admin', args: ['run', '-n', 'nowhere', '--', 'true'] }), 125, [/nowhere/, /NAMESPACE_NOT_FOUND/, /hint:/]],
  ['a kubeconfig that does not exist', () => ({ args: ['run', '--kubeconfig', '/nowhere', '--', 'true'] }), 125, [/\/nowhere/, /KUBECONFIG_INVALID/]],
  ['an unknown flag', () => ({ args: ['run', '--namespcae', 'x', '--', 'true'] }), 125, [/--namespcae/, /--namespace/]],
  ['a flag that is planned', () => ({ args: ['run', '--docker-mount', 'web', '--', 'true'] }), 125, [/--docker-mount/, /NOT_IMPLEMENTED/]],
  ['an unknown command', () => ({ args: ['rnu', '--', 'true'] }), 2, [/rnu/, /\brun\b/]],
  ['a command without --', () => ({ args: ['run', 'curl', 'http://web'] }), 125, [/--/]],
  ['an API server that refuses', () => ({ args: ['run', '--', 'true'], env: { KUBECONFIG: kubeconfigOf('https://127.0.0.1:1') } }), 125, [/127\.0\.0\.1:1/, /API_UNREACHABLE/, /hint:/]],
  ['an API server that is silent', () => ({ args: ['run', '--', 'true'], env: { KUBECONFIG: kubeconfigOf('https://198.18.0.2:7443') } }), 125, [/198\.18\.0\.2:7443/, /API_UNREACHABLE/]],
  ['a user without rights', () => ({ user: 'viewer', args: ['run', '--', 'true'] }), 125, [/FORBIDDEN/, /create leases/, /create pods/, /create secrets/, /hint:/]],
  ['a namespace of others', () => ({ user: 'teammate', args: ['run', '-n', 'default', '--', 'true'] }), 125, [/FORBIDDEN/, /default/]],
  ['an image that cannot be pulled', () => ({ args: ['run', '--', 'true'], env: { INPOD_CONFIG_AGENT_IMAGE: 'registry.invalid/no/such:image' } }), 125, [/IMAGE_UNAVAILABLE/, /registry\.invalid\/no\/such:image/, /hint:/]],
  ['a name that a pod cannot have', () => ({ args: ['run', '--name', 'Not_A_Name', '--', 'true'] }), 125, [/--name/]],
  ['a ServiceAccount that does not exist', () => ({ args: ['run', '--serviceaccount', 'nobody', '--', 'true'] }), 125, [/nobody/, /ADMISSION_REJECTED/]],
]; // prettier-ignore

describeForLaptopUsers('refused with a word', (as) => {
  it.each(refused)('%s', async (_name, run, code, words) => {
    const result = await runInpod({ as, ...run() });
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    for (const word of words) expect(result.stderr).toMatch(word);
    expectRun(result).toMatchObject({ code, stdout: '' });
  });
});

describeE2e('a namespace', () => {
  checkLeaks();

  it('under Pod Security "restricted" is no hindrance', async () => {
    const remove = await admin().makeNamespace('inpod-e2e-restricted', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    try {
      expect(
        await runInpod({ args: ['run', '-n', 'inpod-e2e-restricted', '--', 'curl', '-s', '-o', '/dev/null', 'http://web.default'] }),
      ).toMatchObject({ code: 0 });
    } finally {
      await remove();
    }
  });

  it('whose quota is full is named', async () => {
    const remove = await admin().makeNamespace('inpod-e2e-quota');
    try {
      const body = { metadata: { name: 'no-pods' }, spec: { hard: { pods: '0' } } };
      await admin().core.createNamespacedResourceQuota({ namespace: 'inpod-e2e-quota', body });
      const result = await runInpod({ args: ['run', '-n', 'inpod-e2e-quota', '--', 'true'] });
      expectRun(result).toMatchObject({ code: 125, stdout: '' });
      expect(result.stderr).toMatch(/QUOTA_EXCEEDED[\s\S]*hint:|no-pods/);
    } finally {
      await remove();
    }
  });
});

describeE2e('a machine', () => {
  checkLeaks();

  describe.skipIf(!runsAsRoot)('as an ordinary user', () => {
    // Root's to close; what it proves is the ordinary user's.
    it('with a closed /dev/net/tun is named, with the command that opens it', async () => {
      const mode = statSync('/dev/net/tun').mode & 0o777;
      chmodSync('/dev/net/tun', 0o600);
      try {
        const result = await runInpod({ args: ['run', '--backend', 'tun', '--', 'true'] });
        expectRun(result).toMatchObject({ code: 125, stdout: '' });
        expect(result.stderr).toMatch(/TUN_UNAVAILABLE/);
        expect(result.stderr).toMatch(/hint: .*chmod 0?666 \/dev\/net\/tun/);
      } finally {
        chmodSync('/dev/net/tun', mode);
      }
    });

    it('that forbids user namespaces is named, with the setting', async () => {
      const result = await runInpod({ args: ['run', '--backend', 'tun', '--', 'true'], prefix: withoutUserNamespaces });
      expectRun(result).toMatchObject({ code: 125, stdout: '' });
      expect(result.stderr).toMatch(/user\.max_user_namespaces/);
      expect(result.stderr).toMatch(/hint:/);
    });
  });
});
