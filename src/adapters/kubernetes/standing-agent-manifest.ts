import type { V1Deployment, V1Secret, V1Service } from '@kubernetes/client-node';
import type { StandingAgentSpec } from '../../domain/ports/cluster/standing-agents.ts';
import { agentPodSpec } from './agent-pod-manifest.ts';
import { agentFiles } from './agent-secret-manifest.ts';

/** On a standing agent and its pods: the name of its Deployment. */
const agentLabel = 'inpod.dev/agent';

/** On them too: which keys open it. Made anew it has others, and old pods aren't taken for its. */
export const agentKeyLabel = 'inpod.dev/agent-key';

/** Secret, Deployment, and with ports a Service: what somebody who may make these applies, and deletes again. Nothing of it is a session's. */
export function standingAgentManifest(spec: StandingAgentSpec): readonly (V1Secret | V1Deployment | V1Service)[] {
  const { name, kubeNamespace: namespace, keyId, payload, ports } = spec;
  const secretName = `${name}-inpod-agent`;
  const selector = { [agentLabel]: name };
  const labels = { ...selector, [agentKeyLabel]: keyId };
  const secret: V1Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: secretName, namespace, labels },
    stringData: agentFiles(payload),
  };
  const deployment: V1Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: selector },
      template: { metadata: { labels }, spec: agentPodSpec(spec, secretName, 'Always') },
    },
  };
  const service: V1Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { selector, ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: port, protocol: 'TCP' })) },
  };
  return [secret, deployment, ...(ports.length === 0 ? [] : [service])];
}
