import { describe, expect, it } from 'vitest';
import { mergeKubeconfigs, parseKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig-document.ts';

const text = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: c
  cluster:
    server: https://api.example:6443/
    certificate-authority: pki/ca.crt
    tls-server-name: kubernetes
    proxy-url: socks5://proxy:1080
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: { audience: abc }
users:
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--cluster, 7]
      env: [{ name: A, value: b }]
      provideClusterInfo: true
      interactiveMode: IfAvailable
- name: file
  user: { tokenFile: token.txt, as: eve, as-groups: [ops], as-uid: 12, as-user-extra: { scope: [read] } }
- name: basic
  user: { username: ann, password: 1234 }
contexts:
- name: dev
  context: { cluster: c, user: plugin, namespace: shop }
`;

describe('parseKubeconfig', () => {
  const config = parseKubeconfig(text, '/home/ann/.kube/config');

  it('reads clusters, with paths from the file', () => {
    expect(config.clusters.get('c')).toMatchObject({
      server: 'https://api.example:6443',
      caFile: '/home/ann/.kube/pki/ca.crt',
      tlsServerName: 'kubernetes',
      proxyUrl: 'socks5://proxy:1080',
      skipTlsVerify: false,
      execConfig: { audience: 'abc' },
    });
  });

  it('reads users: plugins, token files, impersonation, passwords that look like numbers', () => {
    expect(config.users.get('plugin')?.exec).toMatchObject({
      command: '/home/ann/.kube/bin/login',
      args: ['--cluster', '7'],
      env: [{ name: 'A', value: 'b' }],
      provideClusterInfo: true,
    });
    expect(config.users.get('file')).toMatchObject({
      tokenFile: '/home/ann/.kube/token.txt',
      impersonate: { user: 'eve', groups: ['ops'], uid: '12', extra: { scope: ['read'] } },
    });
    expect(config.users.get('basic')).toMatchObject({ username: 'ann', password: '1234' });
  });

  it('reads contexts', () => {
    expect(config.contexts.get('dev')).toEqual({ name: 'dev', cluster: 'c', user: 'plugin', kubeNamespace: 'shop' });
    expect(config.currentContext).toBe('dev');
  });

  it('takes an empty file as one without entries', () => {
    expect(parseKubeconfig('', '/x').contexts.size).toBe(0);
  });

  it.each([
    ['a: [', 'YAML'],
    ['- 1', 'top level'],
    ['users: 5', 'users'],
    ['users:\n- user: {token: abc}', 'users[0]'],
    ['users:\n- name: u\n  user:\n    token: "verysecret\n   x: y', 'YAML'],
  ])('says what is wrong in %j, and quotes no value', (broken, expected) => {
    expect(() => parseKubeconfig(broken, '/k')).toThrow(
      expect.objectContaining({ code: 'KUBECONFIG_INVALID', message: expect.stringContaining(expected) }),
    );
    expect(() => parseKubeconfig(broken, '/k')).not.toThrow(/verysecret/);
  });
});

describe('mergeKubeconfigs', () => {
  const file = (server: string, current?: string): string =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name: server, context: { cluster: 'c' } }],
      'current-context': current,
    });

  it('lets the first file win, entry by entry', () => {
    const merged = mergeKubeconfigs([
      parseKubeconfig(file('https://one'), '/1'),
      parseKubeconfig(file('https://two', 'https://two'), '/2'),
      parseKubeconfig(file('https://three', 'x'), '/3'),
    ]);
    expect(merged.clusters.get('c')?.server).toBe('https://one');
    expect([...merged.contexts.keys()].toSorted()).toEqual(['https://one', 'https://three', 'https://two']);
    expect(merged.currentContext).toBe('https://two');
  });
});
