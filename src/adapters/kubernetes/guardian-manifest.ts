import type { V1Job, V1Secret } from '@kubernetes/client-node';
import type { GuardianSpec } from '../../domain/ports/cluster/guardians.ts';
import { guardianAccount, guardianVariables } from '../../domain/protocol/guardian-settings.ts';
import { agentUid, ownerReferences, sessionLabels } from './agent-pod-manifest.ts';

const programKey = 'guardian.cjs';
const programFolder = '/inpod/guardian';

/** `inpod-ID-guardian`. */
function guardianName(sessionId: string): string {
  return `inpod-${sessionId}-guardian`;
}

/** The guardian's program. */
export function guardianSecret({ sessionId, owner, program }: GuardianSpec): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: { name: guardianName(sessionId), labels: sessionLabels(sessionId, 'guardian'), ...ownerReferences(owner) },
    stringData: { [programKey]: program },
  };
}

/** A pod that is made again where its node fails; admitted under Pod Security `restricted`. */
export function guardianJob(kubeNamespace: string, { sessionId, owner, image, guardMs, lookMs }: GuardianSpec): V1Job {
  const labels = sessionLabels(sessionId, 'guardian');
  const variables = guardianVariables({ kubeNamespace, leaseName: owner.name, guardMs, lookMs });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: guardianName(sessionId), labels, ...ownerReferences(owner) },
    spec: {
      backoffLimit: 100,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'OnFailure',
          serviceAccountName: guardianAccount,
          terminationGracePeriodSeconds: 1,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          securityContext: { runAsNonRoot: true, runAsUser: agentUid, runAsGroup: agentUid, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'guardian',
              image,
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '--max-semi-space-size=1', `${programFolder}/${programKey}`],
              env: Object.entries(variables).map(([name, value]) => ({ name, value })),
              resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
              volumeMounts: [{ name: 'program', mountPath: programFolder, readOnly: true }],
            },
          ],
          volumes: [{ name: 'program', secret: { secretName: guardianName(sessionId), defaultMode: 0o444 } }],
        },
      },
    },
  };
}
