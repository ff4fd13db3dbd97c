import { describe, expect, it } from 'vitest';
import { agentPodManifest } from '../../../src/adapters/kubernetes/agent-pod-manifest.ts';
import { agentSecretManifest } from '../../../src/adapters/kubernetes/agent-secret-manifest.ts';
import { agentServiceManifest } from '../../../src/adapters/kubernetes/agent-service-manifest.ts';
import { agentPaths } from '../../../src/domain/protocol/protocol.ts';

const owner = { name: 'inpod-abcde', uid: 'uid-1' };
const parts = { podName: 'web-of-ann', sessionId: 'abcde', image: 'node:24-slim', owner, ports: [] };
const payload = { agentProgram: 'program', agentPrivateKey: 'private', clientPublicKey: 'public' };
const manifest = agentPodManifest(parts, 'inpod-abcde');
const [container] = manifest.spec?.containers ?? [];

describe('agentPodManifest', () => {
  it('bears the labels of its session, and the Lease as an owner that is no controller', () => {
    expect(manifest.metadata).toMatchObject({
      name: 'web-of-ann',
      labels: { 'inpod.dev/session': 'abcde', 'inpod.dev/role': 'agent' },
      ownerReferences: [{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: 'inpod-abcde', uid: 'uid-1', controller: false }],
    });
    expect(agentPodManifest({ ...parts, owner: undefined }, 's').metadata?.ownerReferences).toBeUndefined();
  });

  it('is admitted under Pod Security `restricted`', () => {
    expect(manifest.spec?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(manifest.spec?.securityContext?.runAsUser).toBeGreaterThan(0);
    expect(manifest.spec?.securityContext?.sysctls).toEqual([{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]);
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('leaves to the cluster what a pod without wishes has: account, token, variables of Services, no CPU limit', () => {
    for (const field of ['automountServiceAccountToken', 'enableServiceLinks', 'serviceAccountName', 'hostNetwork'])
      expect(manifest.spec).not.toHaveProperty(field);
    expect(container?.env).toBeUndefined();
    expect(container?.resources?.limits).toEqual({ memory: '256Mi' });
    expect(agentPodManifest({ ...parts, serviceAccount: 'robot' }, 's').spec?.serviceAccountName).toBe('robot');
  });

  it('ends at once, and is not started again', () => {
    expect(manifest.spec).toMatchObject({ restartPolicy: 'Never', terminationGracePeriodSeconds: 1 });
    expect(container?.imagePullPolicy).toBe('IfNotPresent');
  });

  it('saves the variables before Node starts without them', () => {
    const script = container?.command?.[2] ?? '';
    expect(container?.command?.slice(0, 2)).toEqual(['sh', '-c']);
    expect(script).toBe(
      `cat /proc/$$$$/environ > ${agentPaths.environment} && [ -s ${agentPaths.environment} ] && exec env -i PATH="$PATH" MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 ${agentPaths.program}`,
    );
  });

  it('mounts the Secret for any user to read, and scratch space in memory', () => {
    expect(container?.volumeMounts).toEqual([
      { name: 'inpod-agent', mountPath: agentPaths.payload, readOnly: true },
      { name: 'inpod-run', mountPath: agentPaths.scratch },
    ]);
    const [secret, scratch] = manifest.spec?.volumes ?? [];
    expect(secret?.secret).toMatchObject({ secretName: 'inpod-abcde', defaultMode: 0o444 });
    expect(secret?.secret?.items?.map(({ path }) => `${agentPaths.payload}/${path}`)).toEqual([
      agentPaths.program,
      agentPaths.hostKey,
      agentPaths.clientKey,
    ]);
    expect(scratch?.emptyDir?.medium).toBe('Memory');
  });
});

describe('agentSecretManifest', () => {
  it('has the files that the pod mounts, and nothing else', () => {
    const secret = agentSecretManifest('inpod-abcde', parts, payload);
    expect(secret).toMatchObject({ immutable: true, metadata: { name: 'inpod-abcde', ownerReferences: [{ kind: 'Lease' }] } });
    expect(secret.stringData).toEqual({ 'agent.cjs': 'program', 'host-key': 'private', 'client-key.pub': 'public' });
  });

  it.each([
    [1_048_576 - 13 - 1, true],
    [1_048_576 - 13, false],
  ])('takes a program of %i bytes: %s', (bytes, fits) => {
    const make = (): unknown => agentSecretManifest('s', parts, { ...payload, agentProgram: 'x'.repeat(bytes) });
    if (fits) expect(make).not.toThrow();
    else expect(make).toThrow(expect.objectContaining({ code: 'INVARIANT' }));
  });
});

describe('agentServiceManifest', () => {
  const exposed = { ...parts, ports: [80, 8443] };

  it('leads to the ports of the pod that bears the session, by its name, and goes with the Lease', () => {
    expect(agentServiceManifest(exposed)).toMatchObject({
      metadata: { name: 'web-of-ann', ownerReferences: [{ kind: 'Lease', name: 'inpod-abcde' }] },
      spec: {
        selector: manifest.metadata?.labels,
        ports: [
          { name: 'port-80', port: 80, targetPort: 80 },
          { name: 'port-8443', port: 8443, targetPort: 8443 },
        ],
      },
    });
  });

  it('has its ports named in the pod too', () => {
    expect(agentPodManifest(exposed, 's').spec?.containers[0]?.ports).toEqual([{ containerPort: 80 }, { containerPort: 8443 }]);
    expect(container?.ports).toBeUndefined();
  });
});
