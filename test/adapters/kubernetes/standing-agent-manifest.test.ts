import type { V1Deployment, V1Secret, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { standingAgentManifest } from '../../../src/adapters/kubernetes/standing-agent-manifest.ts';

const spec = {
  name: 'dev',
  kubeNamespace: 'shop',
  keyId: 'k3x9q',
  image: 'node:24-slim',
  serviceAccount: 'robot',
  ports: [],
  payload: { agentProgram: '// agent', agentPrivateKey: 'HOST KEY', clientPublicKey: 'ssh-ed25519 AAAA' },
};

describe('standingAgentManifest', () => {
  it('is a Secret and a Deployment, whose pods are known by the key that opens them', () => {
    const [secret, deployment, ...more] = standingAgentManifest(spec) as [V1Secret, V1Deployment];
    expect(more).toEqual([]);
    expect(secret).toMatchObject({ kind: 'Secret', metadata: { name: 'dev-inpod-agent', namespace: 'shop' } });
    const labels = { 'inpod.dev/agent': 'dev', 'inpod.dev/agent-key': 'k3x9q' };
    expect(deployment).toMatchObject({
      metadata: { name: 'dev', namespace: 'shop', labels },
      spec: {
        selector: { matchLabels: { 'inpod.dev/agent': 'dev' } },
        template: { metadata: { labels }, spec: { serviceAccountName: 'robot', containers: [{ name: 'agent' }] } },
      },
    });
    expect(deployment.spec?.template.spec?.volumes?.[0]?.secret?.secretName).toBe('dev-inpod-agent');
  });

  it('starts again when it ends, and is no session’s', () => {
    const [, deployment] = standingAgentManifest(spec) as [V1Secret, V1Deployment];
    expect(deployment.spec?.template.spec?.restartPolicy).toBe('Always');
    expect(JSON.stringify(deployment)).not.toMatch(/inpod.dev\/session|ownerReferences/);
  });

  it('has a Service of its name where ports are asked for', () => {
    const [, , service] = standingAgentManifest({ ...spec, ports: [8080] }) as [V1Secret, V1Deployment, V1Service];
    expect(service).toMatchObject({
      metadata: { name: 'dev' },
      spec: { selector: { 'inpod.dev/agent': 'dev' }, ports: [{ port: 8080, targetPort: 8080 }] },
    });
  });
});
