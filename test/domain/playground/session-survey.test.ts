import { expect, it } from 'vitest';
import { sessionLabel } from '../../../src/domain/playground/playground-objects.ts';
import { surveySessions } from '../../../src/domain/playground/session-survey.ts';
import { aLease, aPod, aService, aStore } from '../../builders/playground-builders.ts';

const labels = { [sessionLabel]: 'k3x9q' };

it("lists a namespace's sessions, by their Leases and pods", () => {
  const objects = aStore(
    aLease('inpod-k3x9q', { labels, createdWallMs: 1000, renewedWallMs: 2000 }),
    aLease('inpod-other', { labels, kubeNamespace: 'default' }),
    aPod('mine', '10.42.0.1', { labels, createdWallMs: 1500, phase: 'Failed' }),
    aPod('web-1', '10.42.0.2'),
    aService('web', '10.43.0.1', { labels }),
  );
  expect(surveySessions(objects, 'shop')).toEqual({
    leases: [{ sessionId: 'k3x9q', holder: 'ann@laptop', durationSeconds: 30, createdWallMs: 1000, renewedWallMs: 2000 }],
    pods: [{ sessionId: 'k3x9q', name: 'mine', phase: 'Failed', createdWallMs: 1500 }],
    unreadable: [],
  });
});
