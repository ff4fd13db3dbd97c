import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesTimings } from '../../../src/adapters/kubernetes/kubernetes-timings.ts';
import type { AgentPodSpec } from '../../../src/domain/ports/cluster/agent-pods.ts';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer, type SeenRequest } from './fake-api-server.ts';

const never = new AbortController().signal;
const spec: AgentPodSpec = {
  podName: 'inpod-a',
  sessionId: 'a',
  image: 'node:24-slim',
  owner: { name: 'inpod-a', uid: 'l' },
  ports: [],
  payload: { agentProgram: 'p', agentPrivateKey: 'k', clientPublicKey: 'c' },
};

const pod = (resourceVersion: string, status: object = {}, extra: object = {}): object => ({
  metadata: { name: 'inpod-a', uid: 'pod-uid', resourceVersion },
  spec: { nodeName: 'node1' },
  status,
  ...extra,
});
const ready = { containerStatuses: [{ name: 'agent', ready: true, state: { running: {} } }] };
const unschedulable = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' }],
};

/** Answers of the pods' watch, one for each time that it is begun; the last one again and again. */
type WatchScript = ((response: ServerResponse) => void)[];

const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const say =
  (...lines: string[]) =>
  (response: ServerResponse): void =>
    void response.writeHead(200).write(lines.join(''));
const sayAndEnd =
  (...lines: string[]) =>
  (response: ServerResponse): void =>
    void response.writeHead(200).end(lines.join(''));

describe('createAgentPod', () => {
  let server: FakeApiServer;
  let folder: string;
  let cluster: ClusterPort;
  let steps: string[];
  let watches: SeenRequest[];
  let script: WatchScript;
  let events: string;
  let read: () => Answer;
  let posted: Answer;

  const create = async (timings: Partial<KubernetesTimings> = {}, signal = never): Promise<void> => {
    cluster = await locate(join(folder, 'kubeconfig'), { podTimeoutMs: 5000, ...timings });
    return cluster.createAgentPod(spec, ({ step }) => steps.push(step), signal);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-watch-'));
    server = new FakeApiServer();
    [steps, watches, script, events] = [[], [], [say()], ''];
    read = () => [200, pod('9', ready)];
    posted = [201, pod('1')];
    server.answer = (request) => {
      const { method, url } = request;
      if (method === 'POST') return url.endsWith('/pods') ? posted : [201, {}];
      if (url.includes('/events?')) return say(events);
      if (url.includes('/log?')) return (response) => response.end('first\n\nlast words\n');
      if (!url.includes('watch=true')) return read();
      watches.push(request);
      return script[Math.min(watches.length, script.length) - 1] ?? say();
    };
    await server.start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(server.url));
  });
  afterEach(async () => {
    await cluster.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('posts pod and Secret, watches from the version of its creation, and is done when the pod is ready', async () => {
    script = [say(line('MODIFIED', pod('2')), line('MODIFIED', pod('3', ready)))];
    await create();
    expect(server.seen.filter(({ method }) => method === 'POST').map(({ url }) => url.split('/').at(-1))).toEqual(
      expect.arrayContaining(['pods', 'secrets']),
    );
    expect(watches[0]?.url).toContain('resourceVersion=1');
    expect(watches[0]?.url).toContain('fieldSelector=metadata.name%3Dinpod-a');
    expect(steps).toEqual(['scheduled', 'started', 'ready']);
  });

  it('is done as soon as the agent answers a knock, before the kubelet says so', async () => {
    events = line('ADDED', { reason: 'Started', involvedObject: { uid: 'pod-uid', fieldPath: 'spec.containers{agent}' } });
    let knocks = 0;
    server.upgrade = () => (socket) => {
      const text = ++knocks < 3 ? '\u0001connect: connection refused' : '\0hello';
      for (const bytes of [Uint8Array.of(0, 0, 0), Uint8Array.of(1, 0, 0), Buffer.from(text)])
        socket.send(bytes, { binary: true }, () => undefined);
    };
    await create();
    expect(knocks).toBe(3);
    expect(steps).toEqual(['scheduled', 'started', 'ready']);
  });

  it('does not take events of an older pod of that name for its own', async () => {
    events = line('ADDED', { reason: 'Started', involvedObject: { uid: 'older', fieldPath: 'spec.containers{agent}' } });
    script = [say(line('MODIFIED', pod('2', ready)))];
    await create();
    expect(server.seen.some(({ url }) => url.includes('portforward'))).toBe(false);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['ended by itself', sayAndEnd(line('MODIFIED', pod('2')))],
    ['was too old', sayAndEnd(line('ERROR', statusBody(410, 'too old resource version')))],
    ['was cut in the middle of a line', (response) => response.writeHead(200).write('{"type":"MODI', () => response.destroy())],
  ])('reads the pod again when the watch %s', async (_case, end) => {
    script = [end, say(line('MODIFIED', pod('11', ready)))];
    read = () => [200, pod('9')];
    await create();
    expect(watches[1]?.url).toContain('resourceVersion=9');
  });

  it('goes on without events where they are forbidden', async () => {
    const allowed = server.answer;
    server.answer = (request) => (request.url.includes('/events?') ? [403, statusBody(403, 'no')] : allowed(request));
    script = [say(line('MODIFIED', pod('2', ready)))];
    await create();
    expect(steps).toEqual(['scheduled', 'started', 'ready']);
  });

  it('tells the deletion of the pod, seen or unseen', async () => {
    script = [say(line('DELETED', pod('2')))];
    await expect(create()).rejects.toMatchObject({ code: 'POD_GONE' });
    script = [sayAndEnd()];
    read = () => [404, statusBody(404, 'pods "inpod-a" not found')];
    await expect(create()).rejects.toMatchObject({ code: 'POD_GONE' });
  });

  it('tells a crash with the last lines of the log', async () => {
    script = [
      say(line('MODIFIED', pod('2', { containerStatuses: [{ name: 'agent', state: { terminated: { exitCode: 3, reason: 'Error' } } }] }))),
    ];
    await expect(create()).rejects.toMatchObject({
      code: 'AGENT_CRASHED',
      message: expect.stringMatching(/exit code 3\)\n {2}first\n {2}last words$/),
    });
  });

  it('waits a while for a node, and says that it does', async () => {
    script = [say(line('MODIFIED', pod('2', unschedulable, { spec: {} })))];
    posted = [201, pod('1', {}, { spec: {} })];
    await expect(create({ unschedulableGraceMs: 100 })).rejects.toMatchObject({
      code: 'POD_UNSCHEDULABLE',
      message: expect.stringContaining('0/1 nodes'),
    });
    expect(steps).toEqual(['waiting']);
  });

  it('goes on when a node comes in time', async () => {
    script = [
      (response) => {
        response.writeHead(200).write(line('MODIFIED', pod('2', unschedulable, { spec: {} })));
        setTimeout(() => response.write(line('MODIFIED', pod('3'))), 50);
        setTimeout(() => response.write(line('MODIFIED', pod('4', ready))), 2000);
      },
    ];
    await create({ unschedulableGraceMs: 1500 });
  });

  it('gives up in the end, with the last that is known', async () => {
    events = line('ADDED', { type: 'Warning', reason: 'FailedMount', message: 'no volume', involvedObject: { uid: 'pod-uid' } });
    await expect(create({ podTimeoutMs: 2000 })).rejects.toMatchObject({
      code: 'POD_TIMEOUT',
      message: expect.stringContaining('FailedMount: no volume'),
    });
    expect(steps).toContain('waiting');
  });

  it('endures an API server that is away for a moment, not for long', async () => {
    script = [sayAndEnd(), say(line('MODIFIED', pod('11', ready)))];
    let failures = 3;
    read = () => (failures-- > 0 ? (response) => response.socket?.resetAndDestroy() : [200, pod('9')]);
    await create();
    failures = Infinity;
    script = [sayAndEnd()];
    await expect(create({ apiOutageLimitMs: 500 })).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  });

  it("tells the pod's refusal before the Secret's", async () => {
    posted = [403, statusBody(403, 'pods "inpod-a" is forbidden: exceeded quota: none')];
    await expect(create()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(watches).toEqual([]);
  });

  it('ends with its signal', async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    await expect(create({}, cancel.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
