import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';
import type { ClusterRange } from '../../../src/domain/ports/cluster/ranges.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer } from './fake-api-server.ts';

const forbidden: Answer = [403, statusBody(403, 'User "ann" cannot watch resource')];
const service: ClusterRange = { cidr: '10.96.0.0/16', kind: 'service', source: "the API's own error message" };
const pod: ClusterRange = { cidr: '10.244.0.7/32', kind: 'pod', source: 'Pods one may list' };

/** A watch that says this, and goes on. */
const says =
  (...events: readonly (readonly [type: string, object: object])[]): Answer =>
  (response: ServerResponse): void =>
    void response.writeHead(200).write(events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join(''));

describe('watchRanges', () => {
  let server: FakeApiServer;
  let folder: string;
  let cluster: ClusterPort;
  const stop = new AbortController();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-range-watch-'));
    server = new FakeApiServer();
    await server.start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(server.url));
    cluster = await locate(join(folder, 'kubeconfig'));
  });
  afterEach(async () => {
    await cluster.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Resolves with what was told, as soon as it is `count`. */
  async function watched(known: readonly ClusterRange[], answers: Readonly<Record<string, Answer>>, count: number): Promise<string[]> {
    server.answer = ({ url }) => answers[url.split('?')[0] ?? ''] ?? forbidden;
    const told: string[] = [];
    const all = deferred<void>();
    const ending = new AbortController();
    const found = ({ cidr, source }: ClusterRange): void => {
      told.push(`${cidr} (${source})`);
      if (told.length === count) all.resolve();
    };
    const watching = cluster.watchRanges(known, found, ending.signal);
    await (count === 0 ? watching : all.promise);
    ending.abort();
    await watching;
    return told;
  }

  it('has new networks where networks are known', async () => {
    const told = await watched(
      [service, { cidr: '10.244.0.0/24', kind: 'pod', source: 'Node a' }],
      {
        '/apis/networking.k8s.io/v1/servicecidrs': says(['ADDED', { metadata: { name: 'more' }, spec: { cidrs: ['10.97.0.0/16'] } }]),
        '/api/v1/nodes': says(
          ['ADDED', { metadata: { name: 'b' }, spec: { podCIDR: '10.244.1.0/24' } }],
          ['DELETED', { metadata: { name: 'c' }, spec: { podCIDR: '10.244.2.0/24' } }],
        ),
      },
      2,
    );
    expect(told.toSorted()).toEqual(['10.244.1.0/24 (Node b)', '10.97.0.0/16 (ServiceCIDR more)']);
  });

  it('has new addresses where addresses are all that is known, of the own namespace if need be', async () => {
    const told = await watched(
      [pod],
      {
        '/api/v1/namespaces/shop/services': says(
          ['ADDED', { spec: { clusterIPs: ['10.96.7.7', 'fd00::7'] } }],
          ['ADDED', { spec: { clusterIPs: ['None'] } }],
        ),
        '/api/v1/namespaces/shop/pods': says(
          ['ADDED', { status: {} }],
          ['MODIFIED', { status: { podIPs: [{ ip: '10.244.0.9' }] } }],
          ['ADDED', { spec: { hostNetwork: true }, status: { podIPs: [{ ip: '192.168.1.2' }] } }],
        ),
      },
      3,
    );
    expect(told.toSorted()).toEqual([
      '10.244.0.9/32 (Pods one may list)',
      '10.96.7.7/32 (Services one may list)',
      'fd00::7/128 (Services one may list)',
    ]);
  });

  it('ends where the rights give nothing', async () => {
    expect(await watched([service, pod], {}, 0)).toEqual([]);
    expect(server.seen.map(({ url }) => url.split('?')[0] ?? '').toSorted()).toEqual([
      '/api/v1/namespaces/shop/pods',
      '/apis/networking.k8s.io/v1/servicecidrs',
    ]);
  });

  it('ends with its signal, also where nobody answers', async () => {
    const asked = deferred<void>();
    server.answer = () => () => asked.resolve();
    const watching = cluster.watchRanges([service, pod], () => undefined, stop.signal);
    await asked.promise;
    stop.abort();
    await watching;
  });
});
