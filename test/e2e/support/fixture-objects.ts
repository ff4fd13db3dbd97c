import { readFileSync } from 'node:fs';
import type { KubernetesObject } from '@kubernetes/client-node';

const server = readFileSync(new URL('pod/web-server.cjs', import.meta.url), 'utf8');
const labels = { app: 'web', 'inpod-e2e': 'fixture' };

/** What the tests find in the cluster: Deployment and Service `web` in `default` and `shop`. */
export const fixtureObjects: readonly KubernetesObject[] = ['default', 'shop'].flatMap((namespace) => [
  deployment(namespace),
  service(namespace),
]);

function deployment(namespace: string): KubernetesObject & { readonly spec: unknown } {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: 'web',
              image: 'node:24-slim',
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', server],
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}

function service(namespace: string): KubernetesObject & { readonly spec: unknown } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace, labels },
    spec: {
      ipFamilyPolicy: 'RequireDualStack',
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'echo', port: 9000, targetPort: 9000, protocol: 'UDP' },
        { name: 'resets', port: 9001, targetPort: 9001 },
        { name: 'closed', port: 9002, targetPort: 9002 },
      ],
    },
  };
}
