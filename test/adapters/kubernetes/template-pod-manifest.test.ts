import type { V1Deployment, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { atLeast } from '../../../src/adapters/kubernetes/quantity.ts';
import { templatePodManifest } from '../../../src/adapters/kubernetes/template-pod-manifest.ts';

const parts = {
  podName: 'web-inpod-abcde',
  sessionId: 'abcde',
  image: 'node:24-slim',
  ports: [8080, 80],
  owner: { name: 'inpod-abcde', uid: 'u' },
};
const successor = { kind: 'Deployment', name: 'web', container: 'main', as: 'successor', skipInit: [] } as const;
const main = {
  name: 'main',
  image: 'shop/web:7',
  command: ['web'],
  args: ['--port=8080'],
  workingDir: '/srv',
  livenessProbe: { tcpSocket: { port: 8080 } },
  lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
  env: [{ name: 'COLOUR', value: 'blue' }],
  envFrom: [{ secretRef: { name: 'keys' } }],
  ports: [{ name: 'http', containerPort: 8080 }],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  resources: { limits: { memory: '64Mi', cpu: '100m', 'nvidia.com/gpu': '1' }, requests: { cpu: '50m', 'nvidia.com/gpu': '1' } },
};
const sidecar = { name: 'sidecar', image: 'proxy:1', livenessProbe: { tcpSocket: { port: 1 } } };
const template = {
  metadata: { labels: { app: 'web' }, annotations: { team: 'shop' } },
  spec: {
    serviceAccountName: 'web',
    containers: [main, sidecar],
    initContainers: [{ name: 'setup', image: 'setup:1' }],
    volumes: [{ name: 'data', emptyDir: {} }],
    securityContext: { fsGroup: 5, sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] },
    nodeSelector: { disk: 'fast' },
  },
};
const deploymentOf = (of: V1PodTemplateSpec): V1Deployment => ({
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { selector: {}, template: of },
});
const pod = templatePodManifest(deploymentOf(template), successor, parts, 'inpod-abcde');
const [agent, other] = pod.spec?.containers ?? [];

describe('the pod in the place of a workload', () => {
  it('has its labels and annotations, ours besides, and the Lease as owner', () => {
    expect(pod.metadata).toMatchObject({
      name: 'web-inpod-abcde',
      labels: { app: 'web', 'inpod.dev/session': 'abcde', 'inpod.dev/role': 'agent' },
      annotations: { team: 'shop', 'kubectl.kubernetes.io/default-container': 'main' },
      ownerReferences: [{ name: 'inpod-abcde', controller: false }],
    });
  });

  it('keeps what belongs to the pod: account, volumes, init containers, sidecars, where it may run', () => {
    const { initContainers, nodeSelector, serviceAccountName, securityContext, volumes } = pod.spec ?? {};
    expect({ initContainers, nodeSelector, serviceAccountName }).toEqual({
      initContainers: template.spec.initContainers,
      nodeSelector: { disk: 'fast' },
      serviceAccountName: 'web',
    });
    expect(other).toEqual(sidecar);
    expect(volumes?.map(({ name }) => name)).toEqual(['data', 'inpod-agent', 'inpod-run']);
    expect(securityContext?.fsGroup).toBe(5);
    expect(securityContext?.sysctls?.map(({ name }) => name)).toEqual(['net.ipv4.tcp_syncookies', 'net.ipv4.ip_unprivileged_port_start']);
  });

  it('leaves out init containers that are to be skipped, and no other', () => {
    const spec = { ...template.spec, initContainers: [{ name: 'setup' }, { name: 'migrate' }] };
    const made = templatePodManifest(deploymentOf({ ...template, spec }), { ...successor, skipInit: ['migrate'] }, parts, 's');
    expect(made.spec?.initContainers).toEqual([{ name: 'setup' }]);
  });

  it("keeps the container's name, variables, mounts and ports, and nothing that belongs to its image", () => {
    expect(agent).toMatchObject({ name: 'main', image: 'node:24-slim', env: main.env, envFrom: main.envFrom });
    expect(agent?.volumeMounts?.map(({ name }) => name)).toEqual(['data', 'inpod-agent', 'inpod-run']);
    expect(agent?.ports).toEqual([{ name: 'http', containerPort: 8080 }, { containerPort: 80 }]);
    expect(agent?.command?.[0]).toBe('sh');
    for (const field of ['args', 'workingDir', 'livenessProbe', 'lifecycle']) expect(agent).not.toHaveProperty(field);
  });

  it('is ready when the agent says that the process serves, and not before', () => {
    expect(agent?.readinessProbe?.exec?.command?.[2]).toContain('/inpod/run/serving');
    // A busy node that can't run the probe doesn't take a pod from its Services.
    expect(agent?.readinessProbe?.failureThreshold).toBeGreaterThan(1000);
    expect(agent?.startupProbe?.exec?.command?.[2]).toContain('/inpod/run/listening');
  });

  it('has room for the agent, and no devices', () => {
    expect(agent?.resources).toEqual({ limits: { memory: '256Mi', cpu: '500m' }, requests: { cpu: '50m' } });
  });

  it('has a user where root is forbidden, and the one of the template where it names one', () => {
    const userOf = (securityContext: object, ofContainer: object = {}): number | undefined => {
      const spec = { ...template.spec, securityContext, containers: [{ ...main, securityContext: ofContainer }] };
      const made = templatePodManifest(deploymentOf({ ...template, spec }), successor, parts, 's');
      return made.spec?.containers[0]?.securityContext?.runAsUser;
    };
    expect([
      userOf({}),
      userOf({ runAsNonRoot: true }),
      userOf({ runAsNonRoot: true, runAsUser: 7 }),
      userOf({}, { runAsNonRoot: true }),
    ]).toEqual([undefined, 65_532, undefined, 65_532]);
  });

  it('has the name, labels and claims of the first pod of a StatefulSet', () => {
    const set: V1StatefulSet = {
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { selector: {}, serviceName: 'db', template, volumeClaimTemplates: [{ metadata: { name: 'store' } }], ordinals: { start: 3 } },
    };
    const made = templatePodManifest(set, successor, parts, 's');
    expect(made.spec).toMatchObject({ hostname: 'db-3', subdomain: 'db' });
    expect(made.metadata?.labels).toMatchObject({ 'statefulset.kubernetes.io/pod-name': 'db-3', 'apps.kubernetes.io/pod-index': '3' });
    expect(made.spec?.volumes).toContainEqual({ name: 'store', persistentVolumeClaim: { claimName: 'store-db-3' } });
  });
});

describe('a copy beside a workload', () => {
  const apart = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] };
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] };
  const placed = {
    ...template,
    spec: {
      ...template.spec,
      containers: [main, { ...sidecar, ports: [{ containerPort: 9090, hostPort: 9090 }] }],
      affinity: { podAntiAffinity: apart, nodeAffinity },
    },
  };
  const copy = templatePodManifest(deploymentOf(placed), { ...successor, as: 'copy' }, parts, 'inpod-abcde');

  it('has none of its labels, so that neither Services nor controllers take it for one of its pods', () => {
    expect(copy.metadata?.labels).toEqual({ 'inpod.dev/session': 'abcde', 'inpod.dev/role': 'agent' });
    expect(copy.metadata?.annotations).toMatchObject({ team: 'shop' });
  });

  it('keeps variables, account, volumes and sidecars', () => {
    expect(copy.spec).toMatchObject({ serviceAccountName: 'web', volumes: expect.arrayContaining([{ name: 'data', emptyDir: {} }]) });
    expect(copy.spec?.containers).toMatchObject([{ name: 'main', env: main.env, envFrom: main.envFrom }, { name: 'sidecar' }]);
  });

  it('asks for nothing that only one may have', () => {
    expect(copy.spec?.containers[1]?.ports).toEqual([{ containerPort: 9090 }]);
    expect(copy.spec?.affinity).toEqual({ nodeAffinity });
    expect(placed.spec.affinity.podAntiAffinity).toBe(apart);
  });

  it('of a StatefulSet has empty volumes in place of those that belong to its pods, and no name of theirs', () => {
    const set: V1StatefulSet = {
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { selector: {}, serviceName: 'db', template, volumeClaimTemplates: [{ metadata: { name: 'store' } }] },
    };
    const { spec, metadata } = templatePodManifest(
      set,
      { kind: 'StatefulSet', name: 'db', container: 'main', as: 'copy', skipInit: [] },
      parts,
      's',
    );
    expect(spec?.volumes).toContainEqual({ name: 'store', emptyDir: {} });
    expect([spec?.hostname, metadata?.labels?.['statefulset.kubernetes.io/pod-name']]).toEqual([undefined, undefined]);
  });

  it('is ready when the agent listens', () => {
    expect(copy.spec?.containers[0]?.readinessProbe?.exec?.command?.[2]).toContain('/inpod/run/listening');
  });
});

describe('a quantity', () => {
  it.each([
    ['64Mi', '256Mi', '256Mi'],
    ['1Gi', '256Mi', '1Gi'],
    ['300M', '256Mi', '300M'],
    ['268435456', '256Mi', '268435456'],
    ['100m', '500m', '500m'],
    ['1', '500m', '1'],
    ['2e3', '500m', '2e3'],
    ['nonsense', '256Mi', 'nonsense'],
  ])('%s, at least %s, is %s', (quantity, least, expected) => {
    expect(atLeast(quantity, least)).toBe(expected);
  });
});
