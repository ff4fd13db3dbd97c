import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteChannel, ChannelFailure } from '../../../src/domain/byte-channel.ts';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer } from './fake-api-server.ts';

const never = new AbortController().signal;
const MiB = 1_048_576;

/** A kubelet's side: the port on both channels, then a greeting. */
function kubelet(then: (socket: WebSocket) => void, greeting = 'hello'): (socket: WebSocket) => void {
  return (socket) => {
    for (const channel of [0, 1]) send(socket, Uint8Array.of(channel, 0x5e, 0xee));
    if (greeting !== '') send(socket, Buffer.from(`\0${greeting}`));
    then(socket);
  };
}

/** A pod of a workload, as the API has it. */
function podOf(status: object, deletionTimestamp?: string): object {
  return {
    metadata: { name: 'pod', ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec: { restartPolicy: 'Always' },
    status,
  };
}

function send(socket: WebSocket, bytes: Uint8Array): void {
  socket.send(bytes, { binary: true }, () => undefined);
}

function listen(channel: ByteChannel): {
  log: string[];
  bytes: () => number;
  closed: Promise<ChannelFailure | undefined>;
  drains: () => number;
} {
  const log: string[] = [];
  const closed = deferred<ChannelFailure | undefined>();
  let [bytes, drains] = [0, 0];
  channel.attach({
    data: (chunk) => {
      bytes += chunk.length;
      log.push(chunk.length < 20 ? `data ${Buffer.from(chunk).toString()}` : 'data');
    },
    ended: () => log.push('ended'),
    drained: () => drains++,
    closed: (failure) => {
      log.push('closed');
      closed.resolve(failure);
    },
  });
  return { log, bytes: () => bytes, closed: closed.promise, drains: () => drains };
}

describe('PortForwardCarrier', () => {
  let server: FakeApiServer;
  let folder: string;
  let cluster: ClusterPort;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-carrier-'));
    server = new FakeApiServer();
    await server.start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(server.url));
    cluster = await locate(join(folder, 'kubeconfig'), { connectTimeoutMs: 5000 });
  });
  afterEach(async () => {
    await cluster.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const dial = (signal = never): Promise<ByteChannel> => cluster.carrierTo('pod').dial(signal);

  it("asks for the agent's port with the user's token, and gives the first bytes once attached", async () => {
    server.upgrade = () => kubelet(() => undefined);
    const { log, closed } = listen(await dial());
    expect(server.seen[0]).toMatchObject({
      url: '/api/v1/namespaces/shop/pods/pod/portforward?ports=61022',
      headers: { authorization: 'Bearer secret-token', 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io, v4.channel.k8s.io' },
    });
    await expect.poll(() => log).toEqual(['data hello']);
    server.cut();
    expect(await closed).toMatchObject({ errno: 'EPIPE' });
  });

  it('takes a connection of the pool', async () => {
    server.answer = () => [200, {}];
    server.upgrade = () => kubelet(() => undefined);
    await cluster.requireNamespace(never);
    listen(await dial());
    expect(server.connections).toBe(1);
  });

  it('keeps what comes while paused, and then goes on in order', async () => {
    server.upgrade = () => kubelet((socket) => ['a', 'b', 'c'].forEach((text) => send(socket, Buffer.from(`\0${text}`))));
    const channel = await dial();
    const { log } = listen(channel);
    channel.pause();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(log).toEqual([]);
    channel.resume();
    await expect.poll(() => log).toEqual(['data hello', 'data a', 'data b', 'data c']);
  });

  it('makes a writer wait for a far side that does not read, and tells it when it does', async () => {
    const far = deferred<WebSocket>();
    let received = 0;
    server.upgrade = () =>
      kubelet((socket) => {
        socket.on('message', (frame) => (received += (frame as Buffer).length - 1));
        socket.pause();
        far.resolve(socket);
      });
    const channel = await dial();
    const { drains } = listen(channel);
    let written = 0;
    while (written < 64 * MiB && channel.write(Buffer.alloc(65_536))) written += 65_536;
    expect(written).toBeLessThan(32 * MiB);
    expect(drains()).toBe(0);
    (await far.promise).resume();
    await expect.poll(drains).toBe(1);
    await expect.poll(() => received).toBe(written + 65_536);
    channel.reset({ errno: 'ECONNRESET', message: 'test' });
  });

  it('does not read on for a reader that is paused', async () => {
    let buffered = (): number => 0;
    server.upgrade = () =>
      kubelet((socket) => {
        for (let i = 0; i < 32 * 16; i++) send(socket, Buffer.alloc(65_537));
        buffered = () => socket.bufferedAmount;
      });
    const channel = await dial();
    const { bytes } = listen(channel);
    channel.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(buffered()).toBeGreaterThan(8 * MiB);
    expect(bytes()).toBe(0);
    channel.resume();
    await expect.poll(bytes, { timeout: 5000 }).toBe(32 * MiB + 5);
    channel.reset({ errno: 'ECONNRESET', message: 'test' });
  });

  it('tells an end of the far side, after its last bytes, also to a reader that comes late', async () => {
    server.upgrade = () =>
      kubelet((socket) => {
        send(socket, Buffer.from('\0last'));
        socket.close(1000);
      });
    const channel = await dial();
    const { log, closed } = listen(channel);
    channel.pause();
    setTimeout(() => channel.resume(), 50);
    expect(await closed).toBeUndefined();
    expect(log).toEqual(['data hello', 'data last', 'ended', 'closed']);
  });

  it('sends everything before it ends', async () => {
    const got = deferred<number>();
    server.upgrade = () =>
      kubelet((socket) => {
        let bytes = 0;
        socket.on('message', (frame) => (bytes += (frame as Buffer).length - 1));
        socket.on('close', (code) => got.resolve(code === 1000 ? bytes : -1));
      });
    const channel = await dial();
    const { closed } = listen(channel);
    for (let i = 0; i < 40; i++) channel.write(Buffer.alloc(200_000));
    channel.end();
    channel.end();
    expect(await got.promise).toBe(8_000_000);
    expect(await closed).toBeUndefined();
  });

  it.each([
    ['error forwarding port 61022: read tcp4 127.0.0.1:1->127.0.0.1:61022: read: connection reset by peer', 'ECONNRESET'],
    ['error forwarding port: lost connection to pod: timed out', 'ETIMEDOUT'],
  ])('tells the error %j as %s', async (text, errno) => {
    server.upgrade = () => kubelet((socket) => setTimeout(() => send(socket, Buffer.from(`\u0001${text}`)), 20));
    const { log, closed } = listen(await dial());
    expect(await closed).toEqual({ errno, message: text });
    expect(log).not.toContain('ended');
  });

  it.each([
    ['failed to connect to localhost:61022: dial tcp4 127.0.0.1:61022: connect: connection refused', 'LINK_FAILED', true],
    ['failed to execute portforward: sandbox container "x" is not running', 'POD_GONE', undefined],
  ])('fails when the kubelet says %j: %s', async (text, code, transient) => {
    server.upgrade = () => kubelet((socket) => send(socket, Buffer.from(`\u0001${text}`)), '');
    const failure = await dial().catch((error: unknown) => error);
    expect(failure).toMatchObject(transient === undefined ? { code } : { code, transient });
  });

  it('fails when nobody speaks, and when the stream just ends', async () => {
    server.upgrade = () => kubelet(() => undefined, '');
    await expect(dial()).rejects.toMatchObject({ code: 'LINK_FAILED', message: expect.stringContaining('5 s') });
    server.upgrade = () => kubelet((socket) => socket.close(1000), '');
    await expect(dial()).rejects.toMatchObject({ code: 'LINK_FAILED', transient: true });
  });

  it.each([
    [401, 'Unauthorized', 'UNAUTHORIZED'],
    [
      403,
      'pods "pod" is forbidden: User "ann" cannot get resource "pods/portforward" in API group "" in the namespace "shop"',
      'FORBIDDEN',
    ],
    [500, 'error dialing backend: dial tcp: connection refused', 'API_ERROR'],
  ])('fails when the API answers %i %j: %s', async (status, message, code) => {
    server.upgrade = () => [status, statusBody(status, message)];
    await expect(dial()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  describe.each([
    [404, 'pods "pod" not found'],
    [500, 'error upgrading connection: unable to upgrade connection: pod does not exist'],
  ])('where a stream is answered %i %j', (status, message) => {
    beforeEach(() => (server.upgrade = () => [status, statusBody(status, message)]));

    it.each<[string, Answer, object]>([
      ['is gone', [404, statusBody(404, 'pods "pod" not found')], { code: 'POD_GONE', message: 'the pod pod is gone: the cluster has no such pod any more' }],
      ['ended by its node', [200, podOf({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' })],
        { code: 'POD_GONE', message: 'the pod pod is gone: its node ended it (Evicted: The node was low on resource: memory.)', hint: expect.stringContaining('kubectl describe node') }],
      ['evicted', [200, podOf({ phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }] }, '2026-01-01T00:00:00Z')],
        { code: 'POD_GONE', message: 'the pod pod is gone: it was evicted (EvictionByEvictionAPI: Eviction API: evicting)' }],
      ['being deleted', [200, podOf({ phase: 'Running' }, '2026-01-01T00:00:00Z')], { code: 'POD_GONE', message: 'the pod pod is gone: it was deleted' }],
      ['out of memory', [200, podOf({ phase: 'Failed', containerStatuses: [{ name: 'agent', state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }] })],
        { code: 'POD_GONE', message: 'the pod pod is gone: the agent in it ended (OOMKilled, exit code 137)', hint: expect.stringContaining('limits.memory') }],
      ['running', [200, podOf({ phase: 'Running' })], { code: 'LINK_FAILED', transient: true, message: "the agent in the pod pod doesn't answer: its node doesn't know it at the moment" }],
      ['to be started again', [200, podOf({ phase: 'Running', containerStatuses: [{ name: 'agent', state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }] })], { code: 'LINK_FAILED' }],
      ['not to be asked for, since the API fails', [500, statusBody(500, 'etcd is away')], { code: 'API_ERROR' }],
    ])('says how it is with a pod that is %s', async (_how, answer, expected) => {
      server.answer = () => answer;
      await expect(dial()).rejects.toMatchObject(expected);
      expect(server.seen.at(-1)).toMatchObject({ method: 'GET', url: '/api/v1/namespaces/shop/pods/pod' });
    }); // prettier-ignore
  });

  it('fails when the API is away, and when it takes no notice', async () => {
    server.upgrade = () => () => undefined;
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 50);
    await expect(dial(cancel.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await server.stop();
    await expect(dial()).rejects.toMatchObject({ code: 'API_UNREACHABLE', message: expect.stringContaining('connection refused') });
    await server.start();
  });
});
