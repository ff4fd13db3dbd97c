import { describe, expect, it } from 'vitest';
import { guardianJob, guardianSecret } from '../../../src/adapters/kubernetes/guardian-manifest.ts';
import { guardianRights } from '../../../src/adapters/kubernetes/guardian-rights.ts';

const owner = { name: 'inpod-abcde', uid: 'uid-1' };
const spec = { sessionId: 'abcde', owner, image: 'node:24-slim', program: '// guardian', guardMs: 120_000, lookMs: 10_000 };

describe('a guardian', () => {
  const job = guardianJob('shop', spec);

  it('goes with the session’s Lease, as its program does', () => {
    for (const { metadata } of [job, guardianSecret(spec)]) {
      expect(metadata).toMatchObject({
        name: 'inpod-abcde-guardian',
        ownerReferences: [{ kind: 'Lease', uid: 'uid-1', controller: false }],
      });
    }
  });

  it('runs as the account that the administrator made, under Pod Security restricted', () => {
    const pod = job.spec?.template.spec;
    expect(pod).toMatchObject({ serviceAccountName: 'inpod-guardian', securityContext: { runAsNonRoot: true } });
    expect(pod?.containers[0]?.securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    expect(guardianRights('shop')[0]).toMatchObject({ kind: 'ServiceAccount', metadata: { name: 'inpod-guardian', namespace: 'shop' } });
  });

  it('is told by its variables what to guard', () => {
    const variables = Object.fromEntries((job.spec?.template.spec?.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
    expect(variables).toEqual({ INPOD_NAMESPACE: 'shop', INPOD_LEASE: 'inpod-abcde', INPOD_GUARD_MS: '120000', INPOD_LOOK_MS: '10000' });
  });
});
