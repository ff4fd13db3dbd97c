import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeApiServer, FakeProxy, FakeSocksProxy, kubeconfigText, locate } from './fake-api-server.ts';

const never = new AbortController().signal;

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasOpenssl())('TLS', () => {
  let folder = '';
  let server: FakeApiServer | undefined;
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const base64 = (name: string): string => Buffer.from(read(name)).toString('base64');
  /** A certificate of the test's own authority. */
  const certify = (name: string, subject: string, extension: string): void => {
    writeFileSync(join(folder, `${name}.ext`), extension);
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  };
  const start = async (withClientCertificates = false): Promise<string> => {
    server = new FakeApiServer({
      key: read('server.key'),
      cert: read('server.crt'),
      ...(withClientCertificates ? { ca: read('ca.crt') } : {}),
    });
    server.answer = () => [200, {}];
    await server.start();
    return server.url;
  };
  const ask = async (url: string, cluster: object, user: object = { token: 't' }): Promise<string> => {
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(url, user, cluster));
    const located = await locate(join(folder, 'kubeconfig'));
    try {
      return await located.requireNamespace(never).then(
        () => 'fine',
        (error: Error) => error.message,
      );
    } finally {
      await located.close();
    }
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-tls-'));
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
    );
    certify('server', '/CN=api', 'subjectAltName=DNS:kubernetes.example');
    certify('client', '/CN=ann', 'extendedKeyUsage=clientAuth');
  }, 30_000);
  afterEach(() => server?.stop());
  afterAll(() => rmSync(folder, { recursive: true }));

  it("trusts the kubeconfig's authority, by the name of tls-server-name, for files and data", async () => {
    const url = await start();
    expect(await ask(url, { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes.example' })).toBe('fine');
    expect(await ask(url, { 'certificate-authority-data': base64('ca.crt'), 'tls-server-name': 'kubernetes.example' })).toBe('fine');
    expect(await ask(url, { 'insecure-skip-tls-verify': true })).toBe('fine');
  });

  it('says why it does not trust a server', async () => {
    const url = await start();
    expect(await ask(url, { 'certificate-authority': 'ca.crt' })).toContain('for another name');
    expect(await ask(url, { 'tls-server-name': 'kubernetes.example' })).toContain("isn't trusted");
  });

  it('shows its certificate, from file, data or plugin', async () => {
    const url = await start(true);
    const cluster = { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes.example' };
    expect(await ask(url, cluster, { 'client-certificate': 'client.crt', 'client-key': 'client.key' })).toBe('fine');
    expect(await ask(url, cluster, { 'client-certificate-data': base64('client.crt'), 'client-key-data': base64('client.key') })).toBe(
      'fine',
    );
    const credential = { kind: 'ExecCredential', status: { clientCertificateData: read('client.crt'), clientKeyData: read('client.key') } };
    writeFileSync(join(folder, 'credential.json'), JSON.stringify(credential));
    expect(
      await ask(url, cluster, {
        exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [join(folder, 'credential.json')] },
      }),
    ).toBe('fine');
    expect(await ask(url, cluster, {})).toContain("can't be reached");
  });

  it.each([
    ['HTTP', () => new FakeProxy()],
    ['SOCKS5', () => new FakeSocksProxy()],
  ])('goes through a %s proxy, the WebSocket too, and is agreed on once for all requests', async (_kind, make) => {
    const url = await start();
    const proxy = make();
    await proxy.start();
    if (server !== undefined) {
      server.upgrade = () => (socket) => {
        for (const frame of [Uint8Array.of(0, 0, 0), Buffer.from('\0hello')]) socket.send(frame, { binary: true }, () => undefined);
      };
    }
    const trusted = { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes.example' };
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(url, { token: 't' }, { ...trusted, 'proxy-url': proxy.url }));
    const cluster = await locate(join(folder, 'kubeconfig'));
    for (let i = 0; i < 3; i++) await cluster.requireNamespace(never);
    expect(proxy.tunnels).toHaveLength(1);
    const channel = await cluster.carrierTo('pod').dial(never);
    expect(server?.connections).toBe(proxy.tunnels.length);
    channel.reset({ errno: 'ECONNRESET', message: 'test' });
    await cluster.close();
    await proxy.stop();
  });
});
