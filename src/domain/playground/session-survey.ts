import type { SessionObjects } from '../ports/cluster/session-survey.ts';
import type { ObjectStore } from './object-store.ts';
import { sessionLabel } from './playground-objects.ts';

/** The sessions of a namespace, as their Leases and pods say; other pods are none. */
export function surveySessions(objects: ObjectStore, kubeNamespace: string): SessionObjects {
  const isHere = (one: { readonly kubeNamespace: string }): boolean => one.kubeNamespace === kubeNamespace;
  return {
    leases: objects
      .all('Lease')
      .filter(isHere)
      .map(({ labels, holder, renewedWallMs, durationSeconds, createdWallMs, hold }) => {
        return { sessionId: labels[sessionLabel] ?? '', holder, renewedWallMs, durationSeconds, createdWallMs, hold };
      }),
    pods: objects
      .all('Pod')
      .filter(isHere)
      .flatMap(({ labels, name, phase, createdWallMs }) => {
        const sessionId = labels[sessionLabel];
        return sessionId === undefined ? [] : [{ sessionId, name, phase, createdWallMs }];
      }),
    unreadable: [],
  };
}
