import { ClusterError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { SessionLeases, SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import { allDone } from '../../domain/promises.ts';
import type { LeaseFacts, RepairNotice } from '../../domain/session/lease-machine.ts';
import type { ApiClient } from './api-client.ts';
import { answerStatusOf, isNotFound, unlessGone } from './api-errors.ts';
import {
  isStale,
  leaseFacts,
  leaseManifest,
  microTime,
  noticeManifest,
  noticeName,
  noticeOf,
  noticeSelector,
  type LeaseObject,
} from './lease-view.ts';

/**
 * Leases by the API. Renewal and claim are JSON patches with tests: one write decides whose it is.
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
    const body = leaseManifest(spec, this.#nowMs());
    const made = await this.#api.call<{ metadata: { name: string; uid: string } }>({ method: 'POST', path: this.#path, body, signal });
    return { name: made.metadata.name, uid: made.metadata.uid };
  }

  async renewLease(name: string, signal: AbortSignal): Promise<void> {
    const isRenewed = await this.#patch(
      name,
      [
        { op: 'test', path: '/spec/leaseTransitions', value: 0 },
        { op: 'replace', path: '/spec/renewTime', value: microTime(this.#nowMs()) },
      ],
      signal,
    );
    if (isRenewed) return;
    const holder = (await this.readLease(name, signal))?.holder ?? 'somebody';
    throw new ClusterError({
      code: 'LEASE_CLAIMED',
      message: `this session was silent for too long: ${holder} is giving back what it had`,
      hint: 'run it again when that is done',
    });
  }

  async readLease(name: string, signal: AbortSignal): Promise<LeaseFacts | undefined> {
    try {
      const { answer, serverWallMs } = await this.#api.callDated({ method: 'GET', path: this.#at(name), signal });
      return leaseFacts(answer as LeaseObject, serverWallMs);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async claimLease(name: string, { version, claims }: LeaseFacts, by: string, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#patch(
        name,
        [
          { op: 'test', path: '/metadata/resourceVersion', value: version },
          { op: 'replace', path: '/spec/holderIdentity', value: by },
          { op: 'add', path: '/spec/leaseTransitions', value: claims + 1 },
          { op: 'replace', path: '/spec/renewTime', value: microTime(this.#nowMs()) },
        ],
        signal,
      );
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async deleteLease(name: string, signal: AbortSignal): Promise<void> {
    await unlessGone(this.#api.call({ method: 'DELETE', path: this.#at(name), query: { propagationPolicy: 'Background' }, signal }));
  }

  async leaveNotice(notice: RepairNotice, signal: AbortSignal): Promise<void> {
    await this.#removeStaleNotices(signal);
    await this.deleteLease(noticeName(notice.leaseName), signal);
    await this.#api.call({ method: 'POST', path: this.#path, body: noticeManifest(notice), signal });
  }

  async takeNotice(leaseName: string, signal: AbortSignal): Promise<RepairNotice | undefined> {
    const name = noticeName(leaseName);
    try {
      const notice = noticeOf(leaseName, await this.#api.call<LeaseObject>({ method: 'GET', path: this.#at(name), signal }));
      await this.deleteLease(name, signal);
      return notice;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #removeStaleNotices(signal: AbortSignal): Promise<void> {
    const query = { labelSelector: noticeSelector };
    const { items } = await this.#api.call<{ items?: readonly LeaseObject[] }>({ method: 'GET', path: this.#path, query, signal });
    const stale = (items ?? []).filter((one) => isStale(one, this.#nowMs()));
    await allDone(stale.map(({ metadata }) => this.deleteLease(metadata?.name ?? '', signal)));
  }

  /** @returns false where a test failed (422), or somebody wrote at the same time (409) */
  async #patch(name: string, body: readonly object[], signal: AbortSignal): Promise<boolean> {
    try {
      await this.#api.call({ method: 'PATCH', path: this.#at(name), body, contentType: 'application/json-patch+json', signal });
      return true;
    } catch (error) {
      const status = answerStatusOf(error);
      if (status === 422 || status === 409) return false;
      throw error;
    }
  }

  #at(name: string): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }
}
