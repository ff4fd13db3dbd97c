import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { SessionLeases, SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import { sessionLabels } from './agent-pod-manifest.ts';
import type { ApiClient } from './api-client.ts';
import { unlessGone } from './api-errors.ts';

/**
 * Leases by the API. Renewal is a merge patch of one field, so nothing is read before; it needs the right to patch.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ | Lease}
 */
export class KubernetesLeases implements SessionLeases {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #nowMs: () => number;

  constructor(api: ApiClient, kubeNamespace: string, nowMs: () => number) {
    this.#api = api;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(kubeNamespace)}/leases`;
    this.#nowMs = nowMs;
  }

  async createLease(spec: SessionLeaseSpec, signal: AbortSignal): Promise<LeaseReference> {
    const now = microTime(this.#nowMs());
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: spec.name, labels: sessionLabels(spec.sessionId, 'session') },
      spec: { holderIdentity: spec.holder, leaseDurationSeconds: spec.durationSeconds, acquireTime: now, renewTime: now },
    };
    const made = await this.#api.call<{ metadata: { name: string; uid: string } }>({ method: 'POST', path: this.#path, body, signal });
    return { name: made.metadata.name, uid: made.metadata.uid };
  }

  async renewLease(name: string, signal: AbortSignal): Promise<void> {
    const body = { spec: { renewTime: microTime(this.#nowMs()) } };
    await this.#api.call({ method: 'PATCH', path: this.#at(name), body, contentType: 'application/merge-patch+json', signal });
  }

  async deleteLease(name: string, signal: AbortSignal): Promise<void> {
    await unlessGone(this.#api.call({ method: 'DELETE', path: this.#at(name), query: { propagationPolicy: 'Background' }, signal }));
  }

  #at(name: string): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }
}

/** RFC 3339 with microseconds, as MicroTime wants it. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
