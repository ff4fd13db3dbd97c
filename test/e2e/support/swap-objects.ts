import type { KubernetesObject } from '@kubernetes/client-node';

/** How a workload of the tests is. */
export interface SwapObject {
  readonly name: string;
  readonly kind?: 'Deployment' | 'StatefulSet';
  readonly replicas?: number;
  /** Until it listens. */
  readonly startMs?: number;
  /** Of its container. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Over its container. */
  readonly container?: Readonly<Record<string, unknown>>;
  /** Over the pod template's spec. */
  readonly podSpec?: Readonly<Record<string, unknown>>;
  /** Containers besides. */
  readonly sidecars?: readonly object[];
  /** Over the workload's own spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A workload that answers `old` on port 8080 and exits at once on SIGTERM, which is the hardest to replace; with a Service of its name on port 80. */
export function swapObjects({
  name,
  kind = 'Deployment',
  replicas = 2,
  startMs = 0,
  variables = { COLOUR: 'blue' },
  container,
  podSpec,
  sidecars = [],
  spec,
}: SwapObject): readonly KubernetesObject[] {
  const program = `process.on('SIGTERM', () => process.exit(0));
setTimeout(() => require('http').createServer((_, answer) => answer.end('old ' + require('os').hostname())).listen(8080), ${startMs});`;
  const labels = { app: name, 'inpod-e2e': 'swap' };
  const workload = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'default', labels },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: 'main',
              image: 'node:24-slim',
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', program],
              env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
              ports: [{ containerPort: 8080 }],
              // A machine without time is no reason to leave the Services.
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 100 },
              ...container,
            },
            ...sidecars,
          ],
          ...podSpec,
        },
      },
      ...spec,
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
  return [workload, service];
}
