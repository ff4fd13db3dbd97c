import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';
import { FakeApiServer, FakeProxy, kubeconfigText, locate, statusBody } from './fake-api-server.ts';

const never = new AbortController().signal;
const fine = { metadata: {} };

describe('requests', () => {
  let server: FakeApiServer;
  let folder: string;
  const open: ClusterPort[] = [];
  const kubeconfig = (text: string): string => {
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, text);
    return file;
  };
  const at = async (
    ...[user, cluster, timings, environment]: [object?, object?, Parameters<typeof locate>[1]?, Record<string, string>?]
  ): Promise<ClusterPort> => {
    const located = await locate(kubeconfig(kubeconfigText(server.url, user, cluster)), timings, environment);
    open.push(located);
    return located;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-api-'));
    server = new FakeApiServer();
    server.answer = () => [200, fine];
    await server.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((cluster) => cluster.close()));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('use one connection one after the other, and send the token', async () => {
    const cluster = await at();
    for (let i = 0; i < 5; i++) await cluster.requireNamespace(never);
    expect(server.connections).toBe(1);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(5).fill('Bearer secret-token'));
  });

  it('may be many at once, without a warning, over few connections', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    const cluster = await at();
    await Promise.all(Array.from({ length: 30 }, () => cluster.requireNamespace(signal)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(server.connections).toBeLessThanOrEqual(6);
  });

  it.each([
    [{ username: 'ann', password: 'pw' }, { authorization: `Basic ${Buffer.from('ann:pw').toString('base64')}` }],
    [
      { token: 't', as: 'eve', 'as-uid': '7', 'as-user-extra': { scope: ['a', 'b'] } },
      { 'impersonate-user': 'eve', 'impersonate-uid': '7', 'impersonate-extra-scope': 'a, b' },
    ],
    [{ token: 't', as: 'eve', 'as-groups': ['x', 'y'] }, { 'impersonate-group': 'x, y' }],
  ])('of user %j carry %j', async (user, headers) => {
    await (await at(user)).requireNamespace(never);
    expect(server.seen[0]?.headers).toMatchObject(headers);
  });

  it('read a token file again, at the latest after a 401', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'old\n');
    const cluster = await at({ tokenFile: 'token' });
    await cluster.requireNamespace(never);
    writeFileSync(file, 'new\n');
    server.answer = ({ headers }) => (headers.authorization === 'Bearer new' ? [200, fine] : [401, statusBody(401, 'Unauthorized')]);
    await cluster.requireNamespace(never);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
  });

  it('say so when the credentials end', async () => {
    server.answer = () => [401, statusBody(401, 'Unauthorized')];
    await expect((await at()).requireNamespace(never)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      hint: expect.stringContaining('kubectl auth whoami'),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('wait when the server is too busy, as long as it says', async () => {
    server.answer = () => (server.seen.length < 3 ? [429, statusBody(429, 'slow down'), { 'retry-after': '0' }] : [200, fine]);
    await (await at()).requireNamespace(never);
    expect(server.seen).toHaveLength(3);
    server.answer = () => [429, statusBody(429, 'slow down'), { 'retry-after': '0' }];
    await expect((await at()).requireNamespace(never)).rejects.toMatchObject({ code: 'API_ERROR' });
  });

  it('survive a pooled connection that died meanwhile', async () => {
    const cluster = await at();
    await cluster.requireNamespace(never);
    server.answer = ({ connection }) => (connection === 1 ? (response) => response.socket?.resetAndDestroy() : [200, fine]);
    await cluster.requireNamespace(never);
    expect(server.connections).toBe(2);
  });

  it('repeat nothing that may have been carried out', async () => {
    const cluster = await at();
    await cluster.requireNamespace(never);
    server.answer = () => (response) => response.socket?.resetAndDestroy();
    const spec = { name: 'inpod-a', sessionId: 'a', holder: 'ann@laptop', durationSeconds: 30 };
    await expect(cluster.createLease(spec, never)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('name server and cause when nobody listens', async () => {
    const url = server.url;
    const cluster = await at();
    await server.stop();
    await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining(`${url} can't be reached: connection refused`),
    });
    await server.start();
  });

  it('give up on a server that accepts and says nothing', async () => {
    server.answer = () => () => undefined;
    const cluster = await at({}, {}, { requestTimeoutMs: 200 });
    await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining('0.2 s'),
    });
  });

  it('give up on a TLS handshake that does not come to an end', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const cluster = await locate(kubeconfig(kubeconfigText(`https://127.0.0.1:${port}`)), { connectTimeoutMs: 200 });
    await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining('0.2 s'),
    });
    await cluster.close();
    silent.close();
  });

  it('say that the scheme is wrong', async () => {
    const cluster = await locate(kubeconfig(kubeconfigText(server.url.replace('http:', 'https:'))));
    await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining("doesn't speak TLS"),
    });
  });

  it('name a file of the kubeconfig that is missing', async () => {
    const cluster = await at({ 'client-certificate': 'gone.crt', 'client-key': 'gone.key' });
    await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining(join(folder, 'gone.crt')),
    });
  });

  it('end with the reason of their signal', async () => {
    server.answer = () => () => undefined;
    const cancel = new AbortController();
    const cluster = await at();
    const work = cluster.requireNamespace(cancel.signal);
    setTimeout(() => cancel.abort(), 50);
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  describe('through a proxy', () => {
    let proxy: FakeProxy;
    beforeEach(async () => {
      proxy = new FakeProxy();
      await proxy.start();
    });
    afterEach(() => proxy.stop());

    it('of the cluster entry, over one tunnel, the WebSocket too', async () => {
      server.upgrade = () => (socket) => {
        socket.send(Uint8Array.of(0, 0x5e, 0xee), { binary: true }, () => undefined);
        socket.send(Buffer.from('\0hello'), { binary: true }, () => undefined);
      };
      const cluster = await at({}, { 'proxy-url': proxy.url });
      for (let i = 0; i < 3; i++) await cluster.requireNamespace(never);
      expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`]);
      const channel = await cluster.carrierTo('pod').dial(never);
      channel.reset({ errno: 'ECONNRESET', message: 'test' });
      expect(server.seen.at(-1)?.url).toContain('/pods/pod/portforward');
      expect(new Set(proxy.tunnels)).toEqual(new Set([`127.0.0.1:${server.port}`]));
      expect(server.connections).toBe(proxy.tunnels.length);
    });

    it('that refuses: says which one', async () => {
      proxy.status = '407 Proxy Authentication Required';
      const cluster = await at({}, { 'proxy-url': proxy.url });
      await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
        code: 'API_UNREACHABLE',
        message: expect.stringMatching(/through the proxy http:.*407/),
      });
    });

    it('that is not there: says which one', async () => {
      const cluster = await at({}, { 'proxy-url': proxy.url });
      await proxy.stop();
      await expect(cluster.requireNamespace(never)).rejects.toMatchObject({
        code: 'API_UNREACHABLE',
        message: expect.stringContaining('through the proxy'),
      });
      await proxy.start();
    });
  });
});
