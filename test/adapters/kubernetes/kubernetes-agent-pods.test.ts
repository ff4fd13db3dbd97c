import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesTimings } from '../../../src/adapters/kubernetes/kubernetes-timings.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer } from './fake-api-server.ts';

const never = new AbortController().signal;
const spec = {
  podName: 'web',
  sessionId: 'a',
  image: 'node:24-slim',
  ports: [],
  payload: { agentProgram: 'p', agentPrivateKey: 'k', clientPublicKey: 'c' },
};
const going: Answer = [409, statusBody(409, 'object is being deleted: pods "web" already exists')];

describe('the dry run of a pod', () => {
  let server: FakeApiServer;
  let folder: string;
  /** To the pod's requests in turn; the last one again and again. */
  let answers: readonly Answer[];
  let posted: number;

  const dryRun = async (timings: Partial<KubernetesTimings> = {}, signal = never): Promise<void> => {
    const cluster = await locate(join(folder, 'kubeconfig'), timings);
    await cluster.dryRunAgentPod(spec, signal).finally(() => cluster.close());
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-agent-pods-'));
    posted = 0;
    server = new FakeApiServer();
    server.answer = ({ url }) => (url.includes('/pods?') ? (answers[Math.min(posted++, answers.length - 1)] ?? [500, {}]) : [201, {}]);
    await server.start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(server.url));
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('waits until a pod that is being deleted has given its name free', async () => {
    answers = [going, going, [201, {}]];
    await dryRun();
    expect(posted).toBe(3);
  });

  it('waits for it not for ever', async () => {
    answers = [going];
    await expect(dryRun({ nameLimitMs: 300 })).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('choose another --name') as string,
    });
    expect(posted).toBeGreaterThan(1);
  });

  it('ends its wait with its signal', async () => {
    answers = [going];
    const over = new AbortController();
    const waiting = dryRun({}, over.signal);
    await expect.poll(() => posted).toBeGreaterThan(0);
    over.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow(/enough|cancelled/);
  });

  it('waits for no pod that stays', async () => {
    answers = [[409, statusBody(409, 'pods "web" already exists')]];
    await expect(dryRun()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(posted).toBe(1);
  });
});
