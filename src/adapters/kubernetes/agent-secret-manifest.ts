import type { V1Secret } from '@kubernetes/client-node';
import { InvariantError } from '../../domain/errors.ts';
import type { AgentPayload } from '../../domain/ports/cluster/agent-pods.ts';
import { agentPaths } from '../../domain/protocol/protocol.ts';
import { ownerReferences, payloadKey, sessionLabels, type AgentPodParts } from './agent-pod-manifest.ts';

/** The API's limit for a Secret's data; more is refused. @see {@link https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size | Restriction} */
const maxSecretBytes = 1_048_576;

/**
 * The agent's files. Immutable: the kubelet then doesn't watch it, and nobody swaps the agent of a running session.
 * @throws InvariantError where they exceed what a Secret may hold: the agent program was built too large
 */
export function agentSecretManifest(name: string, parts: AgentPodParts, payload: AgentPayload): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: { name, labels: sessionLabels(parts.sessionId, 'agent'), ...ownerReferences(parts.owner) },
    stringData: agentFiles(payload),
  };
}

/** @throws InvariantError where they exceed what a Secret may hold: the agent program was built too large */
export function agentFiles(payload: AgentPayload): Record<string, string> {
  const data = {
    [payloadKey(agentPaths.program)]: payload.agentProgram,
    [payloadKey(agentPaths.hostKey)]: payload.agentPrivateKey,
    [payloadKey(agentPaths.clientKey)]: payload.clientPublicKey,
  };
  const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes >= maxSecretBytes) throw new InvariantError(`the agent takes ${bytes} bytes, and a Secret holds less than ${maxSecretBytes}`);
  return data;
}
