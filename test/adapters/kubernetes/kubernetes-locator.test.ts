import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubernetesLocator } from '../../../src/adapters/kubernetes/kubernetes-locator.ts';
import { kubeconfigText } from './fake-api-server.ts';

let folder = '';
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};

describe('KubernetesLocator', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-locator-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prefers --kubeconfig to KUBECONFIG to the home directory', async () => {
    const [flag, variable] = [write('flag', kubeconfigText('https://flag')), write('variable', kubeconfigText('https://variable'))];
    write('.kube/config', kubeconfigText('https://home'));
    const locator = new KubernetesLocator({ environment: { KUBECONFIG: variable }, homeDirectory: folder });
    expect((await locator.locate({ kubeconfig: flag })).identity.server).toBe('https://flag');
    expect((await locator.locate({})).identity.server).toBe('https://variable');
    const atHome = new KubernetesLocator({ environment: { KUBECONFIG: '' }, homeDirectory: folder });
    expect((await atHome.locate({})).identity.server).toBe('https://home');
  });

  it('merges the files of KUBECONFIG and passes over those that are missing', async () => {
    const other = write('other', kubeconfigText('https://other').replaceAll('"test"', '"second"').replaceAll('"c"', '"d"'));
    const environment = { KUBECONFIG: `${join(folder, 'missing')}::${write('one', kubeconfigText('https://one'))}:${other}` };
    const locator = new KubernetesLocator({ environment });
    expect((await locator.locate({})).identity).toMatchObject({ context: 'test', server: 'https://one', kubeNamespace: 'shop', user: 'u' });
    expect((await locator.locate({ context: 'second' })).identity.server).toBe('https://other');
  });

  it('takes namespace and user from the command line', async () => {
    const locator = new KubernetesLocator({ environment: {} });
    const { identity } = await locator.locate({
      kubeconfig: write('k', kubeconfigText('https://k')),
      kubeNamespace: 'other',
      impersonate: 'eve',
    });
    expect(identity).toMatchObject({ kubeNamespace: 'other', user: 'eve' });
  });

  it("falls back to the pod's own account", async () => {
    write('account/token', 'abc');
    write('account/namespace', 'mine\n');
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const locator = new KubernetesLocator({ environment, homeDirectory: folder, serviceAccountDirectory: join(folder, 'account') });
    expect((await locator.locate({})).identity).toMatchObject({
      server: 'https://[fd00::1]:443',
      kubeNamespace: 'mine',
      context: 'in-cluster',
    });
  });

  it.each([
    [{ context: 'nope' }, 'CONTEXT_NOT_FOUND', 'there are: test'],
    [{ kubeconfig: '/nowhere/kubeconfig' }, 'KUBECONFIG_INVALID', "/nowhere/kubeconfig doesn't exist"],
  ])('refuses %j', async (choice, code, text) => {
    const locator = new KubernetesLocator({ environment: { KUBECONFIG: write('k', kubeconfigText('https://k')) } });
    await expect(locator.locate(choice)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it.each([
    [{ 'current-context': undefined }, 'CONTEXT_NOT_FOUND', 'no current context'],
    [{ clusters: [] }, 'KUBECONFIG_INVALID', 'names the cluster "c"'],
    [{ users: [] }, 'KUBECONFIG_INVALID', 'names the user "u"'],
    [{ clusters: [{ name: 'c', cluster: { server: 'api:6443' } }] }, 'KUBECONFIG_INVALID', 'no usable server'],
  ])('refuses a kubeconfig with %j', async (change, code, text) => {
    const broken = JSON.stringify({ ...(JSON.parse(kubeconfigText('https://k')) as object), ...change });
    const locator = new KubernetesLocator({ environment: {} });
    await expect(locator.locate({ kubeconfig: write('k', broken) })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
  });

  it('says where it looked when there is nothing', async () => {
    const locator = new KubernetesLocator({ environment: {}, homeDirectory: folder, serviceAccountDirectory: folder });
    await expect(locator.locate({})).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining(join(folder, '.kube', 'config')),
    });
  });
});
