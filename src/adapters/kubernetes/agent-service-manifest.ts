import type { V1Service } from '@kubernetes/client-node';
import { ownerReferences, sessionLabels, type AgentPodParts } from './agent-pod-manifest.ts';

/** The Service that leads to the agent pod's ports, by the pod's name; it goes with the Lease. */
export function agentServiceManifest({ podName, sessionId, owner, ports }: AgentPodParts): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: podName, labels: sessionLabels(sessionId, 'agent'), ...ownerReferences(owner) },
    spec: {
      selector: sessionLabels(sessionId, 'agent'),
      ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: port, protocol: 'TCP' })),
    },
  };
}
