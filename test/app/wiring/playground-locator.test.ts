import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeLocator } from '../../../src/app/wiring/locator.ts';

const kubeconfig = (context: string): string => `
apiVersion: v1
kind: Config
current-context: ${context}
clusters: [{ name: c, cluster: { server: 'https://cluster.example:6443' } }]
contexts: [{ name: ${context}, context: { cluster: c, user: u, namespace: n } }]
users: [{ name: u, user: { token: t } }]
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'inpod-locator-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

const locate = (KUBECONFIG: string | undefined, choice: Parameters<ReturnType<typeof makeLocator>['locate']>[0]): Promise<unknown> =>
  makeLocator({ environment: { KUBECONFIG }, home })
    .locate(choice)
    .then(({ identity }) => identity);

describe('--context playground', () => {
  it('is the playground of this user, without any kubeconfig', async () => {
    await expect(locate(undefined, { context: 'playground', kubeNamespace: 'shop' })).resolves.toMatchObject({
      context: 'playground',
      cluster: 'playground',
      server: `unix:${home}/.local/state/inpod/playground/socket`,
      kubeNamespace: 'shop',
    });
  });

  it.each([
    ['of other contexts', kubeconfig('prod')],
    ['that is broken', ':\n- }'],
  ])('needs none, so one %s is no hindrance', async (_, text) => {
    await expect(locate(file('config', text), { context: 'playground' })).resolves.toMatchObject({
      cluster: 'playground',
      kubeNamespace: 'shop',
    });
  });

  it('is refused where a real context has that name', async () => {
    const path = file('config', kubeconfig('playground'));
    const refusal = { code: 'FLAG_CONFLICT', hint: expect.stringContaining('rename-context') };
    await expect(locate(path, { context: 'playground' })).rejects.toMatchObject(refusal);
    await expect(locate(undefined, { context: 'playground', kubeconfig: path })).rejects.toMatchObject(refusal);
  });

  it('names the kubeconfig that was asked for and is not there', async () => {
    await expect(locate(undefined, { context: 'playground', kubeconfig: '/nowhere/config' })).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
    });
  });

  it('is the real context for the repair of a session that ran there', async () => {
    const kubeconfigList = file('config', kubeconfig('playground'));
    await expect(locate(undefined, { context: 'playground', kubeconfigList })).resolves.toMatchObject({
      server: 'https://cluster.example:6443',
    });
    await expect(locate(kubeconfigList, { context: 'playground', kubeconfigList: '' })).resolves.toMatchObject({ cluster: 'playground' });
  });
});

it('leaves a real context of that name alone where it is just the current one', async () => {
  await expect(locate(file('config', kubeconfig('playground')), {})).resolves.toMatchObject({ context: 'playground', cluster: 'c' });
});
