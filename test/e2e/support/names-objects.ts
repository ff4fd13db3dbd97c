import type { KubernetesObject } from '@kubernetes/client-node';

type Object = KubernetesObject & Readonly<Record<string, unknown>>;

const namespace = 'default';
const labels = (app: string): Readonly<Record<string, string>> => ({ app, 'inpod-e2e': 'names' });

/** What the comparison of names asks for: names of each kind, and a workload whose pods have names and search path of their own. */
export const namesObjects: readonly Object[] = [
  workload(),
  service('named', { clusterIP: 'None', selector: { app: 'named' }, ports: [{ name: 'http', port: 8080 }] }),
  service('outside', { type: 'ExternalName', externalName: 'db.cloud.example' }),
  service('chained', { type: 'ExternalName', externalName: 'www.cloud.example' }),
  service('nowhere', { type: 'ExternalName', externalName: 'no-such.cloud.example' }),
  ...addresses('some', 40),
  ...addresses('many', 150),
];

/** Two pods with names in a headless Service; resolver and hosts are as the workload has them, not the node's. */
function workload(): Object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'named', namespace, labels: labels('named') },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'named' } },
      template: {
        metadata: { labels: labels('named') },
        spec: {
          terminationGracePeriodSeconds: 0,
          hostname: 'first',
          subdomain: 'named',
          hostAliases: [
            { ip: '192.0.2.7', hostnames: ['alias', 'other-alias.example'] },
            { ip: '2001:db8::7', hostnames: ['alias'] },
          ],
          dnsPolicy: 'None',
          dnsConfig: {
            nameservers: ['10.96.0.10'],
            searches: ['default.svc.cluster.local', 'cloud.example', 'svc.cluster.local'],
            options: [{ name: 'ndots', value: '2' }, { name: 'timeout', value: '3' }, { name: 'edns0' }],
          },
          containers: [
            {
              name: 'named',
              image: 'node:24-slim',
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', `require('node:http').createServer((_, answer) => answer.end()).listen(8080)`],
            },
          ],
        },
      },
    },
  };
}

function service(name: string, spec: object): Object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels: labels(name) }, spec };
}

/** A headless Service with so many addresses that nobody has. */
function addresses(name: string, count: number): readonly Object[] {
  const endpoints = Array.from({ length: count }, (_, i) => ({ addresses: [`203.0.113.${i + 1}`], conditions: { ready: true } }));
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { ...labels(name), 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints,
  };
  return [service(name, { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] }), slice];
}
