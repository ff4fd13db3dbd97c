import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rangesInRefusal } from '../../../src/adapters/kubernetes/service-range-probe.ts';
import { FakeApiServer, kubeconfigText, locate, statusBody, type Answer } from './fake-api-server.ts';

const never = new AbortController().signal;
const forbidden: Answer = [403, statusBody(403, 'User "ann" cannot list resource')];
const refusal = (range: string): string =>
  `Service "inpod-range-x" is invalid: spec.clusterIPs: Invalid value: []string{"192.0.2.1"}: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is ${range}`;

describe('rangesInRefusal', () => {
  it.each([
    [refusal('10.96.0.0/16'), ['10.96.0.0/16']],
    [refusal('fd00:10:96::/112'), ['fd00:10:96::/112']],
    ['Service "x" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster', []],
    ['services is forbidden: exceeded quota: none', []],
  ])('%j: %j', (message, ranges) => {
    expect(rangesInRefusal(message)).toEqual(ranges);
  });
});

describe('discoverRanges', () => {
  let server: FakeApiServer;
  let folder: string;
  const discover = async (answers: Record<string, Answer | ((body: string) => Answer)>): Promise<string[]> => {
    server.answer = ({ method, url, body }) => {
      const answer = answers[`${method} ${url.split('?')[0]}`] ?? forbidden;
      return typeof answer === 'function' && answer.length === 1 && method === 'POST'
        ? (answer as (body: string) => Answer)(body)
        : (answer as Answer);
    };
    const cluster = await locate(join(folder, 'kubeconfig'));
    try {
      return (await cluster.discoverRanges(never)).map(({ cidr, kind, source }) => `${kind} ${cidr} (${source})`);
    } finally {
      await cluster.close();
    }
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-ranges-'));
    server = new FakeApiServer();
    await server.start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(server.url));
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const probe = (body: string): Answer => [422, statusBody(422, refusal(body.includes('IPv6') ? 'fd00:96::/112' : '10.96.0.0/16'))];

  it('takes the objects where they may be read', async () => {
    const ranges = await discover({
      'GET /apis/networking.k8s.io/v1/servicecidrs': [
        200,
        { items: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16', 'fd00:96::/112'] } }] },
      ],
      'GET /api/v1/nodes': [
        200,
        {
          items: [
            { metadata: { name: 'a' }, spec: { podCIDRs: ['10.244.0.0/24'] } },
            { metadata: { name: 'b' }, spec: { podCIDR: '10.244.1.0/24' } },
          ],
        },
      ],
      'POST /api/v1/namespaces/shop/services': probe,
    });
    expect(ranges).toEqual([
      'service 10.96.0.0/16 (ServiceCIDR kubernetes)',
      'service fd00:96::/112 (ServiceCIDR kubernetes)',
      'pod 10.244.0.0/24 (Node a)',
      'pod 10.244.1.0/24 (Node b)',
    ]);
  });

  it("else the API's refusal of a dry run, and addresses of pods that are not the node's", async () => {
    const pods = [
      { status: { podIPs: [{ ip: '10.244.0.7' }, { ip: 'fd00::7' }] } },
      { spec: { hostNetwork: true }, status: { podIPs: [{ ip: '192.168.1.2' }] } },
    ];
    const ranges = await discover({ 'POST /api/v1/namespaces/shop/services': probe, 'GET /api/v1/pods': [200, { items: pods }] });
    expect(ranges).toEqual([
      "service 10.96.0.0/16 (the API's own error message)",
      "service fd00:96::/112 (the API's own error message)",
      'pod 10.244.0.7/32 (Pods one may list)',
      'pod fd00::7/128 (Pods one may list)',
    ]);
    const posts = server.seen.filter(({ method }) => method === 'POST');
    expect(posts.every(({ url }) => url.includes('dryRun=All'))).toBe(true);
  });

  it('else the addresses of Services, of the own namespace if need be', async () => {
    const services = [{ spec: { clusterIPs: ['10.96.0.10'] } }, { spec: { clusterIP: 'None' } }, { spec: { clusterIP: '10.96.0.10' } }];
    expect(await discover({ 'GET /api/v1/namespaces/shop/services': [200, { items: services }] })).toEqual([
      'service 10.96.0.10/32 (Services one may list)',
    ]);
  });

  it('else nothing', async () => {
    expect(await discover({})).toEqual([]);
  });

  it('reads on page by page', async () => {
    let page = 0;
    const list: Answer = (response) => {
      const body = {
        metadata: page++ === 0 ? { continue: 'next' } : {},
        items: [{ metadata: { name: `n${page}` }, spec: { podCIDRs: [`10.244.${page}.0/24`] } }],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    expect(await discover({ 'GET /api/v1/nodes': list })).toEqual(['pod 10.244.1.0/24 (Node n1)', 'pod 10.244.2.0/24 (Node n2)']);
    expect(server.seen.some(({ url }) => url.includes('continue=next'))).toBe(true);
  });

  it('tells what is not a matter of rights', async () => {
    await expect(discover({ 'GET /api/v1/nodes': [401, statusBody(401, 'Unauthorized')] })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});
