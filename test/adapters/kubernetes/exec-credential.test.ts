import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeApiServer, kubeconfigText, locate, statusBody } from './fake-api-server.ts';

const never = new AbortController().signal;

describe('an exec plugin', () => {
  let server: FakeApiServer;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-exec-'));
    server = new FakeApiServer();
    server.answer = () => [200, {}];
    await server.start();
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** A plugin that counts its runs, and hands out `token-RUN`. */
  const plugin = (status = '"token": "token-\'$n\'"', exec: object = {}, before = ''): string => {
    const script = join(folder, 'login');
    const count = join(folder, 'count');
    const answer = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{${status}}}`;
    writeFileSync(
      script,
      `#!/bin/sh\n${before}\necho x >> ${count}; n=$(wc -l < ${count}); printf %s "$KUBERNETES_EXEC_INFO" > ${folder}/info\necho '${answer}'\n`,
    );
    chmodSync(script, 0o755);
    const file = join(folder, 'kubeconfig');
    writeFileSync(
      file,
      kubeconfigText(server.url, { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', ...exec } }),
    );
    return file;
  };
  const tokens = (): (string | undefined)[] => server.seen.map(({ headers }) => headers.authorization);

  it('runs once, however many requests there are, where its credential has no end', async () => {
    const cluster = await locate(plugin());
    await Promise.all([1, 2, 3].map(() => cluster.requireNamespace(never)));
    await cluster.requireNamespace(never);
    expect(tokens()).toEqual(Array(4).fill('Bearer token-1'));
    await cluster.close();
  });

  it('runs again once its credential ended, for requests and for WebSockets', async () => {
    server.upgrade = () => [403, statusBody(403, 'no')];
    const cluster = await locate(plugin('"token": "token-\'$n\'", "expirationTimestamp": "2020-01-01T00:00:00Z"'));
    await cluster.requireNamespace(never);
    await expect(cluster.carrierTo('pod').dial(never)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await cluster.requireNamespace(never);
    expect(tokens()).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-3']);
    await cluster.close();
  });

  it('runs again after a 401, for requests and for WebSockets', async () => {
    const cluster = await locate(plugin());
    server.answer = ({ headers }) => (headers.authorization === 'Bearer token-1' ? [401, statusBody(401, 'Unauthorized')] : [200, {}]);
    await cluster.requireNamespace(never);
    server.answer = () => [404, statusBody(404, 'pods "pod" not found')];
    server.upgrade = ({ headers }) =>
      headers.authorization === 'Bearer token-3' ? [404, statusBody(404, 'pods "pod" not found')] : [401, statusBody(401, 'Unauthorized')];
    await expect(cluster.carrierTo('pod').dial(never)).rejects.toMatchObject({ code: 'POD_GONE' });
    // The last one asks whether the pod is gone indeed.
    expect(tokens()).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-2', 'Bearer token-3', 'Bearer token-3']);
    await cluster.close();
  });

  it('learns the protocol version, and gets the variables of its entry', async () => {
    const cluster = await locate(
      plugin('"token": "\'$FLAVOUR\'"', { env: [{ name: 'FLAVOUR', value: 'vanilla' }], provideClusterInfo: true }),
    );
    await cluster.requireNamespace(never);
    expect(tokens()).toEqual(['Bearer vanilla']);
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false, cluster: { server: server.url } },
    });
    await cluster.close();
  });

  it.each([
    ['fails', {}, 'echo "no session, run: login" >&2; exit 1', /no session, run: login/],
    ['says nothing', {}, 'exit 3', /code 3/],
    ['answers nonsense', {}, 'echo secret; exit 0', /isn't JSON/],
    ['is not installed', { command: 'inpod-no-such-plugin', installHint: 'install it' }, '', /isn't installed/],
    ['wants a terminal', { interactiveMode: 'Always' }, '', /terminal/],
    ['takes too long', {}, 'sleep 20', /within 3 s/],
  ])('that %s: says so', async (_case, exec, before, message) => {
    const cluster = await locate(plugin('', exec, before), { credentialTimeoutMs: 3000 });
    const failure = cluster.requireNamespace(never).catch((error: unknown) => error);
    expect(await failure).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringMatching(message), hint: expect.any(String) });
    expect(String(await failure)).not.toContain('secret');
    expect(existsSync(join(folder, 'count'))).toBe(false);
  });

  it('is waited for no longer than the caller wants', async () => {
    const cluster = await locate(plugin('', {}, 'sleep 1'));
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 50);
    await expect(cluster.requireNamespace(cancel.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
