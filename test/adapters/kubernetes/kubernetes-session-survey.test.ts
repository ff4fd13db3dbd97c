import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer } from './fake-api-server.ts';

const never = new AbortController().signal;
const labels = { 'inpod.dev/session': 'k3x9q' };
const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/shop/leases';
const podsPath = '/api/v1/namespaces/shop/pods';
const budgetsPath = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';

const server = new FakeApiServer();
let folder = '';
let cluster: ClusterPort;
let answers: Record<string, Answer>;
beforeEach(async () => {
  await server.start();
  server.seen.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'inpod-survey-'));
  writeFileSync(join(folder, 'config'), kubeconfigText(server.url));
  cluster = await locate(join(folder, 'config'));
  answers = { [leasesPath]: [200, { items: [lease] }], [podsPath]: [200, { items: [pod] }], [budgetsPath]: [200, {}] };
  server.answer = ({ url }) => answers[url.split('?')[0] ?? ''] ?? [404, {}];
});
afterEach(async () => {
  await cluster.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const lease = {
  metadata: {
    labels,
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [{ time: '2026-01-01T00:00:00Z' }, { time: '2026-01-01T00:01:00Z' }, {}],
  },
  // The laptop's clock is wrong.
  spec: { holderIdentity: 'ann@laptop', leaseDurationSeconds: 30, renewTime: '2031-01-01T00:00:00.000000Z' },
};
const pod = { metadata: { name: 'inpod-k3x9q', labels, creationTimestamp: '2026-01-01T00:00:01Z' }, status: { phase: 'Running' } };
const minute = Date.parse('2026-01-01T00:00:00Z');

it("asks for what has the label of sessions, in the namespace alone, and not for a workload's former pods", async () => {
  await expect(cluster.listSessions(never)).resolves.toEqual({
    leases: [{ sessionId: 'k3x9q', holder: 'ann@laptop', renewedWallMs: minute + 60_000, durationSeconds: 30, createdWallMs: minute }],
    pods: [{ sessionId: 'k3x9q', name: 'inpod-k3x9q', phase: 'Running', createdWallMs: minute + 1000 }],
    unreadable: [],
  });
  const asked = server.seen.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`).toSorted();
  expect(asked).toEqual([
    `GET ${podsPath}?labelSelector=inpod.dev/session,inpod.dev/role=agent`,
    `GET ${leasesPath}?labelSelector=inpod.dev/session`,
    `GET ${budgetsPath}`,
  ]);
});

it('tells a pod that goes', async () => {
  const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:02Z' } };
  answers[podsPath] = [200, { items: [going] }];
  await expect(cluster.listSessions(never)).resolves.toMatchObject({ pods: [{ phase: 'Terminating' }] });
});

it('tells a pod that a budget lets nobody evict, where budgets may be listed', async () => {
  const budget = { metadata: { name: 'web' }, spec: { selector: { matchLabels: labels } }, status: { disruptionsAllowed: 0 } };
  answers[budgetsPath] = [200, { items: [budget] }];
  await expect(cluster.listSessions(never)).resolves.toMatchObject({ pods: [{ budgets: ['web'] }] });
  answers[budgetsPath] = [403, statusBody(403, 'poddisruptionbudgets.policy is forbidden: User "viewer" cannot list resource')];
  await expect(cluster.listSessions(never)).resolves.toMatchObject({ pods: [{ name: 'inpod-k3x9q' }], unreadable: [] });
});

it.each([
  ['leases', leasesPath],
  ['pods', podsPath],
])('does without %s where the user may not list them', async (what, path) => {
  answers[path] = [403, statusBody(403, `${what} is forbidden: User "viewer" cannot list resource "${what}" in API group ""`)];
  await expect(cluster.listSessions(never)).resolves.toMatchObject({ [what]: [], unreadable: [what] });
});

it('fails where the API does', async () => {
  answers[podsPath] = [500, statusBody(500, 'etcd is away')];
  await expect(cluster.listSessions(never)).rejects.toMatchObject({ code: 'API_ERROR' });
});
