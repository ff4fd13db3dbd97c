import { ClusterError } from '../../domain/errors.ts';
import type { AccessReview, RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { ApiClient } from './api-client.ts';

interface NamespaceView {
  readonly metadata?: { readonly deletionTimestamp?: string };
}

/** Asks with SelfSubjectAccessReviews, all at once: every authenticated user may make them. */
export class KubernetesAccessReview implements AccessReview {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = kubeNamespace;
  }

  async missingRights(required: readonly RequiredRight[], signal: AbortSignal): Promise<readonly RequiredRight[]> {
    const allowed = await Promise.all(required.map((right) => this.#isAllowed(right, signal)));
    return required.filter((_, index) => !allowed[index]);
  }

  async requireNamespace(signal: AbortSignal): Promise<void> {
    try {
      const path = `/api/v1/namespaces/${encodeURIComponent(this.#kubeNamespace)}`;
      const found = await this.#api.call<NamespaceView>({ method: 'GET', path, signal });
      if (found.metadata?.deletionTimestamp !== undefined) throw this.#notUsable('is being deleted');
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      // Who may not read namespaces is told what is wrong by the requests that follow.
      if (error.code === 'FORBIDDEN') return;
      throw error.details['status'] === 404 ? this.#notUsable("doesn't exist", error) : error;
    }
  }

  async #isAllowed(right: RequiredRight, signal: AbortSignal): Promise<boolean> {
    const body = selfSubjectAccessReview(right, this.#kubeNamespace);
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = await this.#api.call<{ status?: { allowed?: boolean } }>({ method: 'POST', path, body, signal });
    return answer.status?.allowed === true;
  }

  #notUsable(problem: string, cause?: unknown): ClusterError {
    return new ClusterError({
      code: 'NAMESPACE_NOT_FOUND',
      message: `the namespace ${JSON.stringify(this.#kubeNamespace)} ${problem}`,
      hint: 'choose another with --namespace; see what there is: kubectl get namespaces',
      details: { namespace: this.#kubeNamespace },
      cause,
    });
  }
}

/** A subresource is a field of its own: as part of the resource's name (`pods/status`) it would be asked for as a name, and wrongly allowed. */
export function selfSubjectAccessReview(right: RequiredRight, namespace: string): object {
  const [resource, subresource] = right.resource.split('/');
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        namespace,
        verb: right.verb,
        group: right.group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
      },
    },
  };
}
